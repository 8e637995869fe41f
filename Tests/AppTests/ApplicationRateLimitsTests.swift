import Auth
import Crypto
import HTTP
import TestSupport
import Testing

@testable import App

/// Rate limits and known devices as a client meets them.
@Suite struct ApplicationRateLimitsTests {
    private let clock = ManualClock()
    private let service: ApplicationService
    private static let policy = {
        var policy = RateLimitPolicy()
        policy.account = Allowance(burst: 3, perHour: 4, longestDelay: .seconds(900))
        policy.source = Allowance(burst: 5, perHour: 3_600)
        policy.requests = Allowance(burst: 2, perHour: 60)
        policy.resets = Allowance(burst: 1, perHour: 60)
        return policy
    }()

    init() throws {
        let clock = clock
        service = try ApplicationService {
            $0.limits = Self.policy
            $0.schemes = [.session, .basic]
            $0.clock = { clock.now }
        }
    }

    private func address(_ number: Int) -> PeerAddress { .v4(0x0a00_0000 + UInt32(number)) }

    private func logIn(
        _ email: String = "ada@example.org", _ password: String = "wrong", from number: Int,
        device: String? = nil, path: String = "/sessions", forwardedFor: String? = nil
    ) async throws -> Response {
        try await service.send(
            .post, path, from: address(number), device: device, forwardedFor: forwardedFor,
            .form("email=\(email)&password=\(password)"))
    }

    private func device(in response: Response) -> String? {
        response.values(of: "Set-Cookie").first { $0.hasPrefix("device=") }.map {
            String($0.dropFirst("device=".count).prefix { $0 != ";" })
        }
    }

    @Test(arguments: ["/sessions", "/api/v1/auth_session/login"])
    func tooManyTriesAre429WithWhenToComeBack(path: String) async throws {
        for number in 1...3 { #expect(try await logIn(from: number, path: path).status == .unauthorized) }
        let refused = try await logIn(from: 4, path: path)
        expectRefusal(refused, .tooManyRequests, "Too many requests")
        #expect(refused.value(of: "Retry-After") == "1")
        #expect(refused.value(of: "RateLimit") == "\"account\";r=0;t=1")
        #expect(refused.value(of: "RateLimit-Policy") == "\"account\";q=3;w=2700")
    }

    @Test func bothAPIsAndBasicCountTogether() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await logIn(from: 1)
        _ = try await logIn(from: 2, path: "/api/v1/auth_session/login")
        let basic = ("ada@example.org", "wrong")
        #expect(try await service.send(.get, "/profile", basic: basic, from: address(3)).status == .forbidden)
        expectRefusal(
            try await service.send(.get, "/profile", basic: basic, from: address(4)), .tooManyRequests)
        // Before 404 too: else it would tell a right password from a wrong one.
        let right = ("ada@example.org", "correct horse")
        #expect(
            try await service.send(.get, "/nowhere", basic: right, from: address(5)).status
                == .tooManyRequests)
    }

    @Test func aFieldOfAnUntrustedPeerMakesNoOtherAddress() async throws {
        for number in 1...5 {
            let answer = try await logIn("a\(number)@b.c", from: 1, forwardedFor: "192.0.2.\(number)")
            #expect(answer.status == .unauthorized)
        }
        let refused = try await logIn("a6@b.c", from: 1, forwardedFor: "192.0.2.99")
        #expect(refused.value(of: "RateLimit-Policy") == "\"source\";q=5;w=5")
    }

    @Test func behindATrustedProxyClientsAreCountedApart() async throws {
        let clock = clock
        let service = try ApplicationService {
            $0.limits = Self.policy
            $0.clock = { clock.now }
            $0.proxies = TrustedProxies(
                [.range(try! #require(AddressRange("10.0.0.1")))], fields: .xForwarded)
        }
        for number in 1...20 {
            let answer = try await service.send(
                .post, "/sessions", from: address(1), forwardedFor: "192.0.2.\(number)",
                .form("email=a\(number)@b.c&password=wrong"))
            #expect(answer.status == .unauthorized)
        }
    }

    // MARK: The device cookie

    @Test func aSignInMakesTheDeviceKnownAfterItsSession() async throws {
        _ = try await service.register("ada@example.org")
        let answer = try await logIn("ada@example.org", "correct horse", from: 1)
        let cookies = answer.values(of: "Set-Cookie")
        #expect(cookies.count == 2 && cookies[0].hasPrefix("session_id="))
        let value = try #require(device(in: answer))
        #expect(
            cookies[1] == "device=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=15552000")
        #expect(value.utf8.count <= 80)
        // One that is still good is kept; the wrong password gets none.
        let again = try await logIn("ada@example.org", "correct horse", from: 1, device: value)
        #expect(again.status == .ok && again.values(of: "Set-Cookie").count == 1)
        #expect(try await logIn(from: 1).values(of: "Set-Cookie").isEmpty)
        clock.advance(by: .seconds(100 * 86_400))
        let renewed = try await logIn("ada@example.org", "correct horse", from: 1, device: value)
        #expect(device(in: renewed) != nil && device(in: renewed) != value)
    }

    @Test func overTLSTheDeviceCookieIsSecure() async throws {
        _ = try await service.register("ada@example.org")
        let answer = try await service.send(
            .post, "/sessions", isSecure: true, .form("email=ada@example.org&password=correct+horse"))
        #expect(answer.values(of: "Set-Cookie").allSatisfy { $0.contains("; Secure") })
    }

    @Test func theOwnersDeviceGetsInWhileOthersAreRefused() async throws {
        _ = try await service.register("ada@example.org")
        let value = try #require(device(in: try await logIn("ada@example.org", "correct horse", from: 1)))
        for number in 2...4 { _ = try await logIn(from: number) }
        #expect(try await logIn("ada@example.org", "correct horse", from: 5).status == .tooManyRequests)
        #expect(try await logIn("ada@example.org", "correct horse", from: 5, device: value).status == .ok)
        for stranger in [value.dropLast() + "A", value.dropFirst(4) + "AAAA", "x", ""] {
            let answer = try await logIn(
                "ada@example.org", "correct horse", from: 6, device: String(stranger))
            #expect(answer.status == .tooManyRequests, "\(stranger)")
        }
    }

    @Test func aDeviceOfAnotherAccountIsAStranger() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await service.register("eve@example.org")
        let eves = try #require(device(in: try await logIn("eve@example.org", "correct horse", from: 1)))
        for number in 2...4 { _ = try await logIn(from: number, device: eves) }
        #expect(try await logIn(from: 5, device: eves).status == .tooManyRequests)
    }

    @Test func aResetLetsAnOwnerInWhomOthersKeepOut() async throws {
        _ = try await service.register("ada@example.org")
        for number in 2...4 { _ = try await logIn(from: number) }
        let (_, token) = try #require(
            try await service.accounts.makeResetToken(email: "ada@example.org", at: clock.now))
        let answer = try await service.send(
            .put, "/reset_password", from: address(9),
            .form("email=ada@example.org&reset_token=\(token.text)&new_password=new+horse"))
        #expect(answer.status == .ok)
        let value = try #require(device(in: answer))
        #expect(try await logIn("ada@example.org", "new horse", from: 10).status == .tooManyRequests)
        #expect(try await logIn("ada@example.org", "new horse", from: 10, device: value).status == .ok)
        // Basic has no cookies: the address is known too.
        #expect(try await logIn("ada@example.org", "new horse", from: 9).status == .ok)
    }

    // MARK: Registrations and resets

    @Test func registrationsOfBothAPIsCountTogetherAndRefusedOnesToo() async throws {
        func post(_ path: String, _ body: ApplicationService.Body) async throws -> Status {
            try await service.send(.post, path, from: address(1), body).status
        }
        #expect(try await post("/users", .form("email=a@b.c&password=correct+horse")) == .ok)
        // Not a try: it says nothing of any account.
        #expect(try await post("/users", .form("email=a@b.c")) == .badRequest)
        #expect(try await post("/users", .form("email=a@b.c&password=correct+horse")) == .badRequest)
        #expect(try await post("/users", .form("email=b@b.c&password=correct+horse")) == .tooManyRequests)
        clock.advance(by: .seconds(60))
        #expect(try await post("/users", .form("email=b@b.c&password=correct+horse")) == .ok)
    }

    @Test func administratorsRegisterAsManyAsTheyLike() async throws {
        let (_, boss, _, ada) = try await service.registerTwo()
        for number in 1...10 {
            let json = ApplicationService.Body.json(
                #"{"email":"c\#(number)@b.c","password":"correct horse"}"#)
            #expect(
                try await service.send(.post, "/api/v1/users", token: boss, from: address(1), json).status
                    == .created)
        }
        for number in 1...3 {
            let json = ApplicationService.Body.json(
                #"{"email":"d\#(number)@b.c","password":"correct horse"}"#)
            #expect(
                try await service.send(.post, "/api/v1/users", token: ada, from: address(1), json).status
                    == (number < 3 ? .created : .tooManyRequests))
        }
    }

    @Test func askingForAResetAgainAndAgainIs429ForKnownAndUnknown() async throws {
        _ = try await service.register("ada@example.org")
        for (email, first) in [("ada@example.org", Status.ok), ("eve@example.org", .forbidden)] {
            var statuses: [Status] = []
            for number in 1...2 {
                statuses.append(
                    try await service.send(
                        .post, "/reset_password", from: address(number), .form("email=\(email)")
                    ).status)
            }
            #expect(statuses == [first, .tooManyRequests])
            clock.advance(by: .seconds(120))
        }
    }
}
