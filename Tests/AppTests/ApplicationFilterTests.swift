import Auth
import Crypto
import HTTP
import Testing

@testable import App

/// The filter stands before 404 and 405 (docs/HTTP.md).
@Suite struct ApplicationFilterTests {
    private static let someID = "6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10"
    private static let unknown = String(repeating: "A", count: 43)

    private static let closed: [(HTTP.Method, String)] = [
        (.get, "/api/v1/stats"), (.get, "/api/v1/users"), (.post, "/api/v1/users"),
        (.get, "/api/v1/users/me"), (.get, "/api/v1/users/\(someID)"), (.put, "/api/v1/users/\(someID)"),
        (.delete, "/api/v1/users/\(someID)"), (.get, "/api/v1/users/x"),
        (.delete, "/api/v1/auth_session/logout"), (.get, "/users/me"), (.get, "/users"), (.put, "/sessions"),
        (.get, "/reset_password"), (.head, "/api/v1/users"), (.options, "/api/v1/users"),
        // Before 404.
        (.get, "/nowhere"), (.post, "/nowhere"), (.get, "/api/v1"), (.get, "/api/v1/statusXYZ"),
        (.get, "/api/v1/x/api/v1/status"), (.get, "/api/v1/%73tatus/../users"), (.options, "/nowhere"),
        // Before 405.
        (.patch, "/api/v1/users"), (.post, "/api/v1/stats"), (.get, "/api/v1/auth_session/logout"),
        (.trace, "/api/v1/users"), (.query, "/api/v1/users"),
    ]

    @Test(arguments: closed)
    func withoutACredentialIs401AndWithOneOfNobody403(_ method: HTTP.Method, _ path: String) async throws {
        let service = try ApplicationService()
        let missing = try await service.send(method, path)
        expectRefusal(missing, .unauthorized)
        #expect(
            missing.values(of: "WWW-Authenticate") == [
                #"Cookie realm="sessiond", cookie-name="session_id""#
            ])
        expectRefusal(try await service.send(method, path, token: ""), .unauthorized)
        for unknown in [
            try await service.send(method, path, token: Self.unknown),
            try await service.send(method, path, basic: ("ada@example.org", "correct horse")),
        ] {
            expectRefusal(unknown, .forbidden)
            #expect(unknown.fields.isEmpty)
        }
    }

    @Test(arguments: [(HTTP.Method.get, "/profile"), (.head, "/profile/"), (.delete, "/sessions")])
    func theFormAPINeverSays401(_ method: HTTP.Method, _ path: String) async throws {
        let service = try ApplicationService()
        for token in [nil, "", Self.unknown] {
            let response = try await service.send(method, path, token: token)
            expectRefusal(response, .forbidden)
            #expect(response.fields.isEmpty)
        }
    }

    @Test func withACredentialAnUnknownPathIs404AndAWrongMethod405() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().adaToken
        for path in ["/nowhere", "/api", "/api/v1", "/api/v1/statusXYZ", "/api/v1/users/a/b", "/users/you"] {
            expectRefusal(try await service.send(.get, path, token: token), .notFound)
        }
        let wrong = try await service.send(.patch, "/api/v1/users", token: token)
        expectRefusal(wrong, .methodNotAllowed)
        #expect(wrong.values(of: "Allow") == ["GET, HEAD, POST, OPTIONS"])
    }

    @Test func anOpenPathWithAWrongMethodIs405WithoutACredential() async throws {
        let service = try ApplicationService()
        let response = try await service.send(.post, "/")
        expectRefusal(response, .methodNotAllowed)
        #expect(response.values(of: "Allow") == ["GET, HEAD, OPTIONS"])
    }

    @Test func optionsAnswers204WithAllow() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().adaToken
        for (path, token, allow) in [
            ("/", nil, "GET, HEAD, OPTIONS"), ("/users/", nil, "POST, OPTIONS"),
            ("/reset_password", nil, "POST, PUT, OPTIONS"), ("/profile", token, "GET, HEAD, OPTIONS"),
            ("/api/v1/users/\(Self.someID)", token, "GET, HEAD, PUT, DELETE, OPTIONS"),
        ] {
            let response = try await service.send(.options, path, token: token)
            #expect(response.status == .noContent)
            #expect(response.body.isEmpty)
            #expect(response.values(of: "Allow") == [allow], "\(path)")
        }
        expectRefusal(try await service.send(.options, "/nowhere", token: token), .notFound)
    }

    @Test func optionsOfTheServerNeedsNoCredential() async throws {
        let response = try await ApplicationService().send(.options, "*")
        #expect(response.status == .noContent)
        #expect(response.values(of: "Allow") == ["GET, HEAD, POST, PUT, DELETE, OPTIONS"])
    }

    @Test func headAnswersAsGetDoes() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().bossToken
        for path in ["/", "/api/v1/status/", "/api/v1/stats", "/api/v1/users", "/users/me", "/profile"] {
            let (get, head) = (
                try await service.send(.get, path, token: token),
                try await service.send(.head, path, token: token)
            )
            #expect(get.status == .ok)
            #expect(head.status == get.status)
            #expect(head.body == get.body)
            #expect(head.fields == get.fields)
        }
    }

    @Test func aTrailingSlashIsToleratedOnEveryRoute() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().bossToken
        for path in ["/api/v1/status", "/api/v1/stats", "/api/v1/users", "/api/v1/users/me", "/profile"] {
            let plain = try await service.send(.get, path, token: token)
            let slashed = try await service.send(.get, path + "/", token: token)
            #expect(plain.status == .ok)
            #expect(slashed.body == plain.body)
            expectRefusal(try await service.send(.get, path + "//", token: token), .notFound)
        }
    }

    @Test func anOpenPathIgnoresABadCredential() async throws {
        let service = try ApplicationService()
        let response = try await service.send(.get, "/api/v1/status", token: Self.unknown)
        #expect(response.text == "{\"status\":\"OK\"}\n")
    }

    @Test func withoutAFilterEveryPathIsOpen() async throws {
        let service = try ApplicationService { $0.schemes = nil }
        let user = try await service.register("ada@example.org")
        #expect(try await service.send(.get, "/api/v1/stats").text == "{\"users\":1}\n")
        #expect(try await service.send(.get, "/api/v1/users").status == .ok)
        #expect(try await service.send(.get, "/api/v1/users/\(user.id)").status == .ok)
        let body = ApplicationService.Body.json(#"{"email":"b@example.org","password":"correct horse"}"#)
        #expect(try await service.send(.post, "/api/v1/users", body).status == .created)
        #expect(try await service.send(.delete, "/api/v1/users/\(user.id)").status == .ok)
        expectRefusal(try await service.send(.get, "/nowhere"), .notFound)
        expectRefusal(try await service.send(.get, "/profile"), .forbidden)
        expectRefusal(try await service.send(.get, "/users/me"), .notFound)
        expectRefusal(try await service.send(.delete, "/sessions"), .forbidden)
        expectRefusal(try await service.send(.delete, "/api/v1/auth_session/logout"), .notFound)
        #expect(try await service.send(.get, "/api/v1/unauthorized").fields.isEmpty)
    }

    @Test func withoutSchemesEveryProtectedPathIsClosed() async throws {
        let service = try ApplicationService { $0.schemes = [] }
        _ = try await service.register("ada@example.org")
        let missing = try await service.send(.get, "/api/v1/users")
        expectRefusal(missing, .unauthorized)
        #expect(missing.fields.isEmpty)
        let shown = try await service.send(
            .get, "/api/v1/users", basic: ("ada@example.org", "correct horse"))
        expectRefusal(shown, .forbidden)
        #expect(try await service.send(.get, "/").status == .ok)
    }

    @Test func basicSignsInWithEachRequest() async throws {
        let service = try ApplicationService { $0.schemes = [.basic] }
        let user = try await service.register("ada@example.org")
        let good = ("ADA@example.org", "correct horse")
        let me = try await service.send(.get, "/users/me", basic: good)
        #expect(me.body == JSONText.of(UserJSON(user: user)))
        #expect(try await service.send(.get, "/profile", basic: good).status == .ok)
        expectRefusal(
            try await service.send(.get, "/users/me", basic: ("ada@example.org", "wrong")), .forbidden)
        // There is no session that could end.
        expectRefusal(
            try await service.send(.delete, "/api/v1/auth_session/logout", basic: good), .notFound)
        expectRefusal(try await service.send(.delete, "/sessions", basic: good), .forbidden)
    }

    @Test func aSessionCanBeEndedWhateverElseIsShown() async throws {
        let service = try ApplicationService { $0.schemes = [.basic, .session] }
        _ = try await service.register("ada@example.org")
        for (path, status) in [("/api/v1/auth_session/logout", Status.ok), ("/sessions", .found)] {
            let token = try await service.signIn("ada@example.org")
            let response = try await service.send(
                .delete, path, token: token, basic: ("ada@example.org", "correct horse"))
            #expect(response.status == status)
            expectRefusal(try await service.send(.get, "/profile", token: token), .forbidden)
        }
    }

    @Test(arguments: [
        ("*/*", 2), ("application/json", 2), ("text/html,application/xhtml+xml,*/*;q=0.8", 1),
    ])
    func aBrowserGetsNoBasicChallengeBesideAnother(_ accept: String, _ count: Int) async throws {
        let service = try ApplicationService { $0.schemes = [.session, .basic] }
        for path in ["/api/v1/users", "/api/v1/unauthorized"] {
            let response = try await service.send(.get, path, accept: accept)
            let challenges = response.values(of: "WWW-Authenticate")
            #expect(challenges.count == count)
            #expect(challenges.contains { $0.hasPrefix("Basic ") } == (count == 2))
        }
    }
}
