import Auth
import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

/// `/api/v1/users/<id>/sessions`, and how fresh a sign-in must be for it.
@Suite struct HandlersUserSessionsTests {
    private func path(_ user: User) -> String { "/api/v1/users/\(user.id)/sessions" }

    private func count(_ response: Response) throws -> Int {
        try JSONDecoder().decode([SessionJSON].self, from: Data(response.body)).count
    }

    @Test func anAdministratorSeesAndEndsAnybodys() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        _ = try await service.signIn("ada@example.org")
        let list = try await service.send(.get, path(two.ada), token: two.bossToken)
        #expect(try count(list) == 2)
        #expect(!list.text.contains("\"current\":true"))
        let ended = try await service.send(.delete, path(two.ada), token: two.bossToken)
        #expect(ended.text == "{\"ended\":2}\n")
        #expect(ended.values(of: "Set-Cookie") == [])
        #expect(try await service.send(.get, "/profile", token: two.adaToken).status == .forbidden)
        #expect(try await service.send(.get, "/profile", token: two.bossToken).status == .ok)
        #expect(try await service.send(.get, path(two.ada), token: two.bossToken).text == "[]\n")
    }

    @Test(arguments: AccessRules.allCases)
    func aUserSeesAndEndsItsOwnAndNobodyElses(_ access: AccessRules) async throws {
        let service = try ApplicationService { $0.access = access }
        let two = try await service.registerTwo()
        for method in [HTTP.Method.get, .delete] {
            expectRefusal(
                try await service.send(method, path(two.boss), token: two.adaToken), .forbidden)
            expectRefusal(
                try await service.send(
                    method, "/api/v1/users/\(UserID.random())/sessions", token: two.adaToken), .forbidden)
        }
        let list = try await service.send(.get, path(two.ada), token: two.adaToken)
        #expect(list.text.contains("\"current\":true"))
        let ended = try await service.send(.delete, path(two.ada), token: two.adaToken)
        #expect(ended.text == "{\"ended\":1}\n")
        #expect(ended.value(of: "Set-Cookie")?.hasPrefix("session_id=; ") == true)
        expectRefusal(try await service.send(.get, path(two.ada), token: two.adaToken), .unauthorized)
        #expect(try await service.send(.get, "/profile", token: two.bossToken).status == .ok)
    }

    @Test func anUnknownOrMalformedUserIs404() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        for method in [HTTP.Method.get, .delete] {
            for id in [UserID.random().description, "me", "x", String(repeating: "0", count: 4_000)] {
                expectRefusal(
                    try await service.send(method, "/api/v1/users/\(id)/sessions", token: two.bossToken),
                    .notFound)
            }
            expectRefusal(
                try await service.send(method, "/api/v1/users/x/sessions", token: two.adaToken), .notFound)
        }
    }

    // MARK: Signing in again

    /// What acts on another user, with a user of its own for each.
    private static let acts: [(HTTP.Method, String, ApplicationService.Body)] = [
        (.get, "/sessions", .none), (.delete, "/sessions", .none), (.delete, "", .none),
        (.put, "", .json(#"{"disabled":true}"#)),
    ]

    @Test(arguments: [0, 1, 2, 3])
    func anOldSignInHasNoPowerOverOthers(_ index: Int) async throws {
        let (method, suffix, body) = Self.acts[index]
        let clock = ManualClock()
        let service = try ApplicationService {
            $0.clock = { clock.now }
            $0.reauthenticateAfter = 300
        }
        let two = try await service.registerTwo()
        func act(_ token: String) async throws -> Response {
            try await service.send(method, "/api/v1/users/\(two.ada.id)\(suffix)", token: token, body)
        }
        clock.jumpWall(by: .seconds(86_400))
        clock.advance(by: .milliseconds(300_001))
        expectRefusal(try await act(two.bossToken), .forbidden, "Sign in again")
        #expect(try await service.accounts.user(two.ada.id)?.isDisabled == false)
        #expect(try await service.send(.get, "/profile", token: two.adaToken).status == .ok)
        // A sign-in gives the power back, for as long.
        let token = try await service.signIn("boss@example.org")
        clock.advance(by: .milliseconds(300_000))
        #expect(try await act(token).status == .ok)
    }

    @Test func anOldSignInKeepsItsPowerOverItself() async throws {
        let clock = ManualClock()
        let service = try ApplicationService {
            $0.clock = { clock.now }
            $0.reauthenticateAfter = 1
        }
        let two = try await service.registerTwo()
        clock.advance(by: .seconds(60))
        let (own, other) = ("/api/v1/users/\(two.boss.id)", "/api/v1/users/\(two.ada.id)")
        for (method, path, body) in [
            (.get, own + "/sessions", .none), (.put, own, .json(#"{"first_name":"B","disabled":null}"#)),
            (.put, other, .json(#"{"first_name":"A"}"#)), (.get, other, .none),
            (.get, "/api/v1/users", .none),
            (.delete, own, .none),
        ] as [(HTTP.Method, String, ApplicationService.Body)] {
            #expect(try await service.send(method, path, token: two.bossToken, body).status == .ok)
        }
    }

    @Test func anOldSignInEndsNoSessionButItsOwn() async throws {
        let clock = ManualClock()
        let service = try ApplicationService {
            $0.clock = { clock.now }
            $0.reauthenticateAfter = 300
        }
        let two = try await service.registerTwo()
        let own = SessionID(try #require(SecretToken(Array(two.adaToken.utf8)[...])))
        let kept = try await service.signIn("ada@example.org")
        let other = SessionID(try #require(SecretToken(Array(kept.utf8)[...])))
        clock.advance(by: .milliseconds(300_001))
        for path in [
            "/sessions/\(other)", "/sessions/x", "/sessions?others=true",
            "/api/v1/users/\(two.ada.id)/sessions",
        ] {
            expectRefusal(
                try await service.send(.delete, path, token: two.adaToken), .forbidden, "Sign in again")
        }
        #expect(try await service.send(.get, "/profile", token: kept).status == .ok)
        #expect(try await service.send(.delete, "/sessions/\(own)", token: two.adaToken).status == .ok)
    }

    @Test func basicProvesThePasswordWithEachRequest() async throws {
        let clock = ManualClock()
        let service = try ApplicationService {
            $0.clock = { clock.now }
            $0.schemes = [.session, .basic]
            $0.reauthenticateAfter = 1
        }
        let two = try await service.registerTwo()
        clock.advance(by: .seconds(60))
        let basic = ("boss@example.org", "correct horse")
        #expect(try await service.send(.get, path(two.ada), basic: basic).status == .ok)
    }

    @Test func withoutTheSettingEverySessionHasAllItsPower() async throws {
        let clock = ManualClock()
        let service = try ApplicationService { $0.clock = { clock.now } }
        let two = try await service.registerTwo()
        for _ in 0..<11 {
            clock.advance(by: .seconds(3_600))
            #expect(try await service.send(.get, path(two.ada), token: two.bossToken).status == .ok)
        }
    }
}
