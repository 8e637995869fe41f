import HTTP
import TestSupport
import Testing

@testable import App
@testable import Auth

/// What a page of another site can make a browser send.
@Suite struct ApplicationCrossSiteTests {
    private static let attacks: [[(RequestField, String)]] = [
        [(.secFetchSite, "cross-site")], [(.host, "good.example"), (.origin, "https://evil.example")],
        [(.host, "good.example"), (.origin, "null")],
        [(.host, "good.example"), (.referer, "https://evil.example/x")],
        [(.host, "good.example"), (.secFetchSite, "same-site"), (.origin, "https://sub.good.example")],
    ]

    @Test(arguments: attacks.indices)
    func everyRouteThatChangesSomethingRefuses(_ attack: Int) async throws {
        let service = try ApplicationService()
        let (boss, bossToken, ada, _) = try await service.registerTwo()
        let session = try #require(service.accounts.sessions.ids(of: ada.id).first)
        let before = try await service.state()
        for route in service.routes where !route.method.isSafe {
            let id = route.pattern.hasPrefix("/sessions/") ? session.description : ada.id.description
            let path = route.pattern.replacing(":id", with: id)
            for body in [
                ApplicationService.Body.form("email=boss@example.org&password=correct+horse"),
                .json(#"{"email":"eve@example.org","password":"correct horse","disabled":true}"#), .none,
            ] {
                let response = try await service.send(
                    route.method, path, token: bossToken, fields: Self.attacks[attack], body)
                expectRefusal(response, .forbidden)
                #expect(response.values(of: "Set-Cookie").isEmpty)
            }
        }
        #expect(try await service.state() == before)
        #expect(try await service.accounts.user(boss.id) != nil)
    }

    @Test func theServersOwnPagesAndClientsWithoutPagesPass() async throws {
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        let harmless: [[(RequestField, String)]] = [
            [], [(.host, "a"), (.origin, "http://a"), (.secFetchSite, "same-origin")],
            [(.host, "a"), (.origin, "https://a")], [(.host, "a"), (.referer, "http://a/page")],
            [(.secFetchSite, "none")], [(.host, "a"), (.secFetchSite, "same-origin"), (.origin, "null")],
        ]
        for (number, fields) in harmless.enumerated() {
            let service = try ApplicationService()
            #expect(try await service.send(.post, "/users", fields: fields, form).status == .ok, "\(number)")
            let answer = try await service.send(.post, "/sessions", fields: fields, form)
            let cookie = try #require(answer.value(of: "Set-Cookie"))
            let token = String(cookie.dropFirst("session_id=".count).prefix(43))
            #expect(try await service.send(.get, "/profile", token: token, fields: fields).status == .ok)
            #expect(
                try await service.send(.delete, "/sessions", token: token, fields: fields).status == .found)
        }
    }

    @Test func basicIsSentByBrowsersToo() async throws {
        let service = try ApplicationService { $0.schemes = [.session, .basic] }
        let ada = try await service.register("ada@example.org")
        let response = try await service.send(
            .delete, "/api/v1/users/\(ada.id)", basic: ("ada@example.org", "correct horse"),
            fields: [(.secFetchSite, "cross-site")])
        expectRefusal(response, .forbidden)
        #expect(try await service.accounts.user(ada.id) != nil)
    }

    @Test func comesBefore401And404() async throws {
        let service = try ApplicationService()
        for path in ["/nowhere", "/api/v1/users", "/profile"] {
            expectRefusal(
                try await service.send(.post, path, fields: [(.secFetchSite, "cross-site")]), .forbidden)
        }
        #expect(try await service.send(.get, "/", fields: [(.secFetchSite, "cross-site")]).status == .ok)
    }

    /// A top-level GET from anywhere comes with the cookie: it must not do anything.
    @Test func noGETChangesAnything() async throws {
        let service = try ApplicationService()
        let (_, bossToken, ada, _) = try await service.registerTwo()
        let session = try #require(service.accounts.sessions.ids(of: ada.id).first)
        let before = try await service.state()
        var asked = 0
        for route in service.routes where route.method == .get {
            let id = route.pattern.hasPrefix("/sessions/") ? session.description : ada.id.description
            let path = route.pattern.replacing(":id", with: id)
            for query in ["", "?others=true&_method=DELETE&disabled=true&email=a@b.c&password=12345"] {
                for method in [HTTP.Method.get, .head] {
                    let response = try await service.send(method, path + query, token: bossToken)
                    #expect(response.values(of: "Set-Cookie").isEmpty)
                    asked += 1
                }
            }
        }
        #expect(asked > 40)
        #expect(try await service.state() == before)
        #expect(service.routes.allSatisfy { $0.method == .get || !$0.method.isSafe })
    }
}

extension ApplicationService {
    /// Everything that a request could have changed.
    struct State: Equatable {
        let users: [User]
        let sessions: [SessionID]
        let hashes: [String?]
    }

    func state() async throws -> State {
        let users = try await accounts.users()
        var hashes: [String?] = []
        for user in users { hashes.append(try await store.account(id: user.id)?.passwordHash) }
        return State(
            users: users, sessions: users.flatMap { accounts.sessions.ids(of: $0.id) }, hashes: hashes)
    }
}
