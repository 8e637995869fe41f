import HTTP
import Telemetry
import TestSupport
import Testing

@testable import App
@testable import Auth

/// Who may see the figures, and what is counted where.
@Suite struct MetricsTests {
    @Test func onlyAdministratorsSeeThem() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        for method in [HTTP.Method.get, .head] {
            let shown = try await service.send(method, "/metrics", token: two.bossToken)
            #expect(shown.status == .ok && shown.text == "# figures\n")
            #expect(shown.contentType.text == "text/plain; version=0.0.4; charset=utf-8")
        }
        expectRefusal(try await service.send(.get, "/metrics", token: two.adaToken), .forbidden)
        expectRefusal(try await service.send(.get, "/metrics"), .unauthorized)
        let unknown = String(repeating: "A", count: 43)
        expectRefusal(try await service.send(.get, "/metrics", token: unknown), .unauthorized)
        expectRefusal(try await service.send(.post, "/metrics", token: two.bossToken), .methodNotAllowed)
    }

    @Test func whoeverOpensThePathShowsThemToAll() async throws {
        let opened = try ApplicationService { $0.openPaths.append("/metrics") }
        #expect(try await opened.send(.get, "/metrics").status == .ok)
        let unprotected = try ApplicationService { $0.schemes = nil }
        #expect(try await unprotected.send(.get, "/metrics").status == .ok)
    }

    @Test func everyAnswerNamesThePatternOfItsRoute() async throws {
        let service = try ApplicationService()
        let token = try await service.registerTwo().bossToken
        let id = "6f1c2f6e-3d83-4e56-9d31-0d2b3b5f9a10"
        for (method, path, pattern) in [
            (HTTP.Method.get, "/profile", "/profile"), (.head, "/profile/", "/profile"),
            (.put, "/profile", "/profile"), (.options, "/profile", "/profile"),
            (.get, "/api/v1/users/\(id)", "/api/v1/users/:id"),
            (.get, "/api/v1/users/me", "/api/v1/users/me"),
            (.delete, "/api/v1/users/\(id)/keys", "/api/v1/users/:id/keys"),
            (.post, "/users", "/users"), (.get, "/nowhere", nil), (.get, "/users/:id", nil),
            (.options, "*", nil), (.get, "/api/v1/users/a/b", nil),
        ] as [(HTTP.Method, String, String?)] {
            for token in [token, nil] {
                let number = Int(try await service.send(method, path, token: token).route)
                let name = number > 0 ? service.responder.routes[number - 1] : nil
                #expect(name == pattern, "\(method) \(path)")
            }
        }
        let refusal = Refusal(.badRequest, "test")
        #expect(service.responder.refuse(refusal, RequestID(rawValue: 1), .unknown).route == 0)
    }

    @Test func thereIsALabelForEveryRoute() throws {
        let service = try ApplicationService()
        #expect(Set(service.responder.routes) == Set(service.routes.map(\.pattern)))
        #expect(Set(service.responder.routes).count == service.responder.routes.count)
    }

    private func lines(of figures: SignInFigures) -> [Substring] {
        var text = MetricsText()
        figures.write(to: &text)
        return String(decoding: text.octets, as: UTF8.self).split(separator: "\n").dropFirst(2).map { $0 }
    }

    @Test(arguments: [Logger.silent, nil])
    func signInsAreCountedWhetherOrNotTheyAreWrittenDown(logger: Logger?) async throws {
        let audit = logger.map(AuditLog.among) ?? AuditLog.off
        let service = try ApplicationService {
            $0.audit = audit
            $0.schemes = [.session, .basic]
        }
        _ = try await service.register("ada@example.org")
        func send(_ email: String, _ password: String) async throws {
            _ = try await service.send(.post, "/sessions", .form("email=\(email)&password=\(password)"))
        }
        #expect(lines(of: audit.signIns).allSatisfy { $0.hasSuffix(" 0") })
        try await send("ada@example.org", "correct+horse")
        try await send("ada@example.org", "correct+horse")
        try await send("ada@example.org", "wrong")
        try await send("nobody@example.org", "wrong")
        _ = try await service.send(.get, "/profile", basic: ("ada@example.org", "wrong"))
        #expect(
            lines(of: audit.signIns).filter { !$0.hasSuffix(" 0") } == [
                #"sessiond_sign_ins_total{result="ok"} 2"#,
                #"sessiond_sign_ins_total{result="unknown_account"} 1"#,
                #"sessiond_sign_ins_total{result="wrong_password"} 2"#,
            ])
    }

    @Test func sessionsAreCountedFromSignInToEnd() async throws {
        let service = try ApplicationService()
        let two = try await service.registerTwo()
        let figures = service.accounts.sessions.figures
        #expect((figures.created, figures.revoked, figures.expired) == (2, 0, 0))
        _ = try await service.send(.delete, "/sessions", token: two.adaToken)
        #expect((figures.created, figures.revoked, figures.expired) == (2, 1, 0))
        let account = try #require(
            try await service.accounts.verify(email: "boss@example.org", password: "correct horse"))
        service.store.failing = true
        await #expect(throws: StoreFailure.self) {
            _ = try await service.accounts.signIn(account, at: SystemClock.now())
        }
        #expect((figures.created, figures.revoked, figures.expired) == (2, 1, 0))
        #expect(service.accounts.sessions.count == 1)
    }
}
