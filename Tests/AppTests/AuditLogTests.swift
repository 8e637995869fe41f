import FoundationEssentials
import Glibc
import HTTP
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App
@testable import Auth

/// The audit log in a file of its own.
@Suite struct AuditLogTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/audit.log" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private struct Line: Decodable, Equatable {
        var event: String
        var outcome: String?
        var reason: String?
        var user: String?
        var actor: String?
        var scheme: String?
        var id: String?
        var peer: String?
        var count: Int?
        var administrator: Bool?
        var path: String?
    }

    private func lines(of audit: AuditLog) throws -> [Line] {
        audit.close()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.isEmpty || text.hasSuffix("}\n"))
        return try text.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    private func words(_ lines: [Line]) -> [String] {
        lines.map { [$0.event, $0.outcome, $0.reason].compactMap(\.self).joined(separator: " ") }
    }

    @Test func whatHappensToAnAccountIsWritten() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService {
            $0.schemes = [.session, .basic]
            $0.audit = audit
        }
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        _ = try await service.send(.post, "/users", form)
        let ada = try #require(try await service.accounts.user(email: "ada@example.org"))
        let answer = try await service.send(.post, "/sessions", form)
        let token = String(
            try #require(answer.value(of: "Set-Cookie")).dropFirst("session_id=".count).prefix(43))
        _ = try await service.send(.post, "/sessions", .form("email=ada@example.org&password=wrong"))
        _ = try await service.send(.post, "/sessions", .form("email=nobody@example.org&password=wrong"))
        _ = try await service.send(
            .post, "/sessions", .form("email=ada@example.org&password=\(String(repeating: "x", count: 257))"))
        _ = try await service.send(.get, "/profile", basic: ("ada@example.org", "correct horse"))
        _ = try await service.send(.get, "/profile", basic: ("ada@example.org", "wrong"))
        _ = try await service.send(.delete, "/sessions?others=true", token: token)
        let asked = try await service.send(.post, "/reset_password", .form("email=ada@example.org"))
        let reset = try #require(asked.text.split(separator: "\"").first { $0.utf8.count == 43 })
        _ = try await service.send(.put, "/reset_password", .form("email=ada@example.org&reset_token=no"))
        _ = try await service.send(
            .put, "/reset_password",
            .form("email=ada@example.org&reset_token=\(reset)&new_password=changed+horse"))
        let again = try await service.send(
            .post, "/sessions", .form("email=ada@example.org&password=changed+horse"))
        let fresh = String(
            try #require(again.value(of: "Set-Cookie")).dropFirst("session_id=".count).prefix(43))
        _ = try await service.send(
            .post, "/sessions", token: fresh, fields: [(.secFetchSite, "cross-site")], form)
        _ = try await service.send(.delete, "/sessions", token: fresh)
        let lines = try lines(of: audit)
        #expect(
            words(lines) == [
                "registered ok", "sign_in ok", "sign_in refused wrong_password",
                "sign_in refused unknown_account",
                "sign_in refused overlong_password", "sign_in ok", "sign_in refused wrong_password",
                "sessions_ended ok", "reset_asked ok", "reset_used refused bad_token", "reset_used ok",
                "sign_in ok",
                "cross_site refused fetch_site", "sign_out ok",
            ])
        #expect(lines.allSatisfy { $0.id == "0000000000000abc" && $0.peer == "-" })
        let id = ada.id.description
        #expect(
            lines.map { $0.user == id } == [
                true, true, true, false, false, true, true, true, true, false, true, true, false, true,
            ])
        #expect(lines[5].scheme == "basic" && lines[7].scheme == "session" && lines[0].administrator == true)
        #expect(lines.allSatisfy { $0.actor == nil } && lines[7].count == 0 && lines[12].path == "/sessions")
    }

    @Test func whatALimitRefusedIsWritten() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService {
            var policy = RateLimitPolicy()
            (policy.account, policy.source) = (.init(burst: 1, perHour: 1), .init(burst: 1, perHour: 1))
            (policy.requests, policy.resets) = (.init(burst: 2, perHour: 1), .init(burst: 1, perHour: 1))
            $0.limits = policy
            $0.audit = audit
            $0.clock = { [clock = ManualClock()] in clock.now }
        }
        let ada = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        let forms: [(HTTP.Method, String, ApplicationService.Body)] = [
            (.post, "/reset_password", .form("email=ada@example.org")),
            (.put, "/reset_password", .form("email=ada@example.org&reset_token=no")),
            (.put, "/api/v1/users/me/password", .json(#"{"current_password":"x","new_password":"y"}"#)),
        ]
        for (method, path, body) in forms {
            _ = try await service.send(method, path, token: token, from: .v4(1), body)
            let refused = try await service.send(method, path, token: token, from: .v4(1), body)
            #expect(refused.status == .tooManyRequests)
        }
        for path in ["/users", "/api/v1/users"] {
            let body: ApplicationService.Body =
                path == "/users"
                ? .form("email=eve@example.org&password=correct+horse")
                : .json(#"{"email":"eve@example.org","password":"correct horse"}"#)
            let refused = try await service.send(
                .post, path, token: path == "/users" ? nil : token, from: .v4(1), body)
            #expect(refused.status == (path == "/users" ? .tooManyRequests : .created))
        }
        let lines = try lines(of: audit).filter { $0.event != "access_denied" && $0.reason != nil }
        #expect(
            words(lines) == [
                "reset_asked refused limited", "reset_used refused bad_token", "reset_used refused limited",
                "sign_in refused wrong_password", "sign_in refused limited", "registered refused limited",
            ])
        let proof = try #require(lines.last { $0.event == "sign_in" })
        #expect(proof.user == ada.id.description && proof.scheme == "session")
    }

    @Test func whatAnAdministratorDoesToOthersNamesBoth() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService { $0.audit = audit }
        let (boss, bossToken, ada, adaToken) = try await service.registerTwo()
        let path = "/api/v1/users/\(ada.id)"
        _ = try await service.send(.get, "/api/v1/users", token: adaToken)
        _ = try await service.send(.delete, path + "/sessions", token: bossToken)
        _ = try await service.send(.put, path, token: bossToken, .json(#"{"disabled":true}"#))
        _ = try await service.send(.put, path, token: bossToken, .json(#"{"disabled":false}"#))
        _ = try await service.send(.put, path, token: bossToken, .json(#"{"first_name":"Ada"}"#))
        _ = try await service.send(.delete, path, token: bossToken)
        let lines = try lines(of: audit)
        #expect(
            words(lines) == [
                "access_denied refused rights", "sessions_ended ok", "account_disabled ok",
                "account_enabled ok",
                "account_deleted ok",
            ])
        #expect(lines[0].actor == ada.id.description && lines[0].user == nil)
        #expect(
            lines.dropFirst().allSatisfy { $0.actor == boss.id.description && $0.user == ada.id.description })
    }

    @Test func commandsAreWritten() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService()
        let administration = Administration(accounts: service.accounts, audit: audit)
        let email = "ada@example.org"
        for command in [
            AdminCommand.add(
                email: email, password: "correct horse", firstName: nil, lastName: nil, isAdministrator: false
            ),
            .list, .setPassword(email: email, password: "correct horse"),
            .setAdministrator(email: email, on: false),
            .setDisabled(email: email, on: true), .setDisabled(email: email, on: false),
            .listSessions(email: email),
            .revokeSessions(email: email, id: nil), .setPassword(email: email, password: "x"),
            .delete(email: email),
            .delete(email: email),
        ] { _ = await administration.perform(command, at: SystemClock.now()) }
        let lines = try lines(of: audit)
        #expect(
            words(lines) == [
                "registered ok", "password_changed ok", "role_changed ok", "account_disabled ok",
                "account_enabled ok",
                "sessions_ended ok", "account_deleted ok",
            ])
        #expect(lines.allSatisfy { $0.scheme == "command" && $0.id == nil && $0.user != nil })
        #expect(lines[2].administrator == false)
    }

    @Test func aFailingStoreAndAFullQueueAreReasons() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService { $0.audit = audit }
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        service.store.failing = true
        _ = try await service.send(.post, "/sessions", form)
        service.store.failing = false
        service.hashers.stop()
        _ = try await service.send(.post, "/sessions", form)
        #expect(try words(lines(of: audit)) == ["sign_in refused unavailable", "sign_in refused too_busy"])
    }

    @Test func aFloodIsCountedNotWritten() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService { $0.audit = audit }
        for _ in 0..<AuditRation.perSecond + 5 {
            _ = try await service.send(.post, "/sessions", fields: [(.secFetchSite, "cross-site")])
        }
        audit.tellSuppressed()
        audit.tellSuppressed()
        _ = try await service.send(.post, "/sessions", fields: [(.secFetchSite, "cross-site")])
        let lines = try lines(of: audit)
        #expect(lines.count { $0.event == "cross_site" } == AuditRation.perSecond + 1)
        #expect(lines.filter { $0.event == "suppressed" }.map(\.count) == [5])
    }

    @Test func wrongPasswordsAreAllWritten() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService { $0.audit = audit }
        let many = AuditRation.perSecond + 5
        for _ in 0..<many {
            _ = try await service.send(.post, "/sessions", .form("email=ada@example.org&password=x"))
            _ = try await service.send(.post, "/reset_password", .form("email=ada@example.org"))
        }
        let lines = try lines(of: audit)
        #expect(lines.count { $0.event == "sign_in" } == many)
        #expect(lines.count { $0.event == "reset_asked" } == AuditRation.perSecond)
    }

    @Test func noLineCanBeForged() async throws {
        let audit = try AuditLog.file(path, log: .silent)
        let service = try ApplicationService { $0.audit = audit }
        let evil = "http://a\"}\n{\"event\":\"sign_in\",\"outcome\":\"ok\"}\r\n\u{1b}[2J\u{2028}"
        _ = try await service.send(.post, "/x%22%7d%20y", fields: [(.origin, evil)])
        let lines = try lines(of: audit)
        #expect(words(lines) == ["cross_site refused origin"])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(!text.contains("\u{1b}") && !text.contains("\u{2028}") && !text.contains("\r"))
    }

    @Test func theFileIsForItsOwnerAndNeverEmptied() throws {
        let first = try AuditLog.file(path, log: .silent)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        first.record(.signOut, from: .command)
        first.close()
        let second = try AuditLog.file(path, log: .silent)
        second.record(.signIn, from: .command)
        #expect(try words(lines(of: second)) == ["sign_out ok", "sign_in ok"])
    }

    @Test func goesOnInANewFileWhenTheOldOneWasMoved() throws {
        let audit = try AuditLog.file(path, log: .silent)
        audit.record(.signIn, from: .command)
        #expect(rename(path, path + ".1") == 0)
        try audit.reopen()
        audit.record(.signOut, from: .command)
        #expect(try words(lines(of: audit)) == ["sign_out ok"])
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8).contains("sign_in"))
    }

    @Test func keepsTheOldFileWhenThereCanBeNoNewOne() throws {
        let audit = try AuditLog.file(path, log: .silent)
        #expect(rename(path, path + ".1") == 0)
        #expect(mkdir(path, 0o700) == 0)
        #expect(throws: (any Error).self) { try audit.reopen() }
        audit.record(.signOut, from: .command)
        audit.close()
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8).contains("sign_out"))
    }

    @Test func followsNoLinkAndWritesToNoPipe() throws {
        let target = folder.path + "/target"
        #expect(symlink(target, path) == 0)
        #expect(throws: (any Error).self) { try AuditLog.file(path, log: .silent) }
        #expect(access(target, F_OK) != 0)
        #expect(mkfifo(target, 0o600) == 0)
        #expect(throws: (any Error).self) { try AuditLog.file(target, log: .silent) }
        #expect(throws: (any Error).self) { try AuditLog.file("/dev/full", log: .silent) }
        #expect(throws: (any Error).self) { try AuditLog.file(folder.path + "/none/audit.log", log: .silent) }
    }

    @Test func aQuietLogHasNoAuditLinesAndAFileHasThemAllTheSame() throws {
        let quiet = Logger(descriptor: -1, isQuiet: true)
        let audit = try AuditLog.file(path, log: quiet)
        audit.record(.signIn, from: .command)
        #expect(try words(lines(of: audit)) == ["sign_in ok"])
    }
}
