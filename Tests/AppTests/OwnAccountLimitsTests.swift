import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// Giving the password again while signed in: others' guesses do not hinder it, and a stolen session buys few.
@Suite struct OwnAccountLimitsTests {
    private let clock = ManualClock()
    private let service: ApplicationService

    init() throws {
        let clock = clock
        service = try ApplicationService {
            var policy = RateLimitPolicy()
            policy.account = Allowance(burst: 3, perHour: 4, longestDelay: .seconds(900))
            $0.limits = policy
            $0.clock = { clock.now }
        }
    }

    private func change(
        _ token: String, _ current: String, _ new: String = "another one", from number: Int = 9
    ) async throws -> Response {
        try await service.send(
            .put, "/api/v1/users/me/password", token: token, from: address(number),
            .json(#"{"current_password":"\#(current)","new_password":"\#(new)"}"#))
    }

    private func address(_ number: Int) -> PeerAddress { .v4(0x0a00_0000 + UInt32(number)) }

    private func logIn(
        _ password: String, from number: Int, email: String = "ada@example.org", device: String? = nil
    ) async throws -> Response {
        try await service.send(
            .post, "/sessions", from: address(number), device: device,
            .form("email=\(email)&password=\(password)"))
    }

    private func cookie(_ name: String, of response: Response) -> String? {
        response.values(of: "Set-Cookie").first { $0.hasPrefix(name + "=") }.map {
            String($0.dropFirst(name.count + 1).prefix { $0 != ";" })
        }
    }

    @Test func othersGuessesDoNotKeepTheOwnerFromANewPassword() async throws {
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        for number in 1...3 { #expect(try await logIn("wrong", from: number).status == .unauthorized) }
        #expect(try await logIn("wrong", from: 4).status == .tooManyRequests)
        #expect(try await change(own, "correct horse").status == .ok)
    }

    @Test func aStolenSessionGuessesAsOftenAsAStrangerAndHindersNobodyElse() async throws {
        _ = try await service.register("ada@example.org")
        let (stolen, own) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        for number in 1...3 {
            #expect(try await change(stolen, "wrong", from: number).status == .forbidden)
        }
        // Whatever its address, and whatever it asks for.
        #expect(try await change(stolen, "correct horse", from: 4).status == .tooManyRequests)
        expectRefusal(
            try await service.send(
                .delete, "/api/v1/users/me", token: stolen, from: address(5),
                .json(#"{"password":"correct horse"}"#)), .tooManyRequests, "Too many requests")
        #expect(try await change(own, "wrong", from: 6).status == .forbidden)
        #expect(try await logIn("correct+horse", from: 7).status == .ok)
    }

    @Test func aNewPasswordLeavesTheDeviceKnown() async throws {
        _ = try await service.register("ada@example.org")
        let own = try #require(cookie("session_id", of: try await logIn("correct+horse", from: 1)))
        let changed = try await change(own, "correct horse", "newhorse")
        #expect(changed.values(of: "Set-Cookie").first?.hasPrefix("session_id=") ?? false)
        let device = try #require(cookie("device", of: changed))
        for number in 2...4 { _ = try await logIn("wrong", from: number) }
        #expect(try await logIn("newhorse", from: 5).status == .tooManyRequests)
        #expect(try await logIn("newhorse", from: 5, device: device).status == .ok)
    }

    @Test func anotherAddressLeavesTheDeviceKnown() async throws {
        _ = try await service.register("ada@example.org")
        let own = try await service.signIn("ada@example.org")
        let asked = try await service.send(
            .put, "/api/v1/users/me/email", token: own,
            .json(#"{"email":"new@example.org","password":"correct horse"}"#))
        let object = try JSONDecoder().decode([String: String].self, from: Data(asked.body))
        let token = try #require(object["confirmation_token"])
        let confirmed = try await service.send(
            .post, "/api/v1/users/me/email/confirm", token: own, .json(#"{"token":"\#(token)"}"#))
        #expect(confirmed.status == .ok)
        let device = try #require(cookie("device", of: confirmed))
        for number in 2...4 { _ = try await logIn("wrong", from: number, email: "new@example.org") }
        let stranger = try await logIn("correct+horse", from: 5, email: "new@example.org")
        #expect(stranger.status == .tooManyRequests)
        let known = try await logIn("correct+horse", from: 5, email: "new@example.org", device: device)
        #expect(known.status == .ok)
    }
}
