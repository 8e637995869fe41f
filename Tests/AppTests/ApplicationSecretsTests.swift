import Auth
import Crypto
import Glibc
import HTTP
import Telemetry
import TestSupport
import Testing

@testable import App

/// Nothing that a client keeps to itself gets into the log.
@Suite struct ApplicationSecretsTests {
    private struct Leaky: Error, CustomStringConvertible {
        let description = "hunter-two"
    }

    /// Collects a log in a pipe, which takes 64 KiB without a reader.
    private func log(_ body: (Logger) async throws -> Void) async throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        do {
            defer { close(ends[1]) }
            let logger = Logger(descriptor: ends[1], level: .debug)
            try await body(logger)
            #expect(logger.flush())
        }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(ends[0], &piece, piece.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += piece[..<count]
        }
    }

    @Test func noPasswordTokenHashOrAddressIsLogged() async throws {
        var secrets = ["hunter-two", "new-password", "argon2id", "ada@example.org", "Digest"]
        let text = try await log { logger in
            let service = try ApplicationService {
                $0.schemes = [.session, .basic]
                $0.logger = logger
                $0.openPaths.append("/broken")
                $0.furtherRoutes = [.open(.get, "/broken") { _ in throw Leaky() }]
            }
            let form = ApplicationService.Body.form("email=ada@example.org&password=hunter-two")
            let registered = try await service.send(.post, "/users", form)
            #expect(registered.status == .ok)
            let cookie = try await service.send(.post, "/sessions", form).value(of: "Set-Cookie")
            let token = String(try #require(cookie).dropFirst("session_id=".count).prefix(43))
            secrets.append(token)
            _ = try await service.send(.get, "/profile", token: token)
            _ = try await service.send(.get, "/users/me?password=hunter-two", token: token)
            _ = try await service.send(.get, "/users/me", basic: ("ada@example.org", "hunter-two"))
            _ = try await service.send(.get, "/users/me", basic: ("ada@example.org", "hunter-two wrong"))
            _ = try await service.send(
                .post, "/api/v1/users", token: token, .json(#"{"email":"x","password":"hunter-two"}"#))
            _ = try await service.send(.post, "/api/v1/users", token: token, .json(#"{"hunter-two":"#))
            let asked = try await service.send(.post, "/reset_password", .form("email=ada@example.org"))
            let reset = try #require(asked.text.split(separator: "\"").first { $0.utf8.count == 43 })
            secrets.append(String(reset))
            _ = try await service.send(.get, "/broken")
            service.store.failing = true
            let change = "email=ada@example.org&reset_token=\(reset)&new_password=new-password"
            _ = try await service.send(.put, "/reset_password", .form(change))
            _ = try await service.send(.post, "/sessions", form)
            service.store.failing = false
            #expect(try await service.send(.put, "/reset_password", .form(change)).status == .ok)
        }
        #expect(text.contains("unexpected error"))
        #expect(text.contains("store failed"))
        #expect(text.contains("/reset_password"))
        for secret in secrets { #expect(!text.contains(secret), "\(secret)") }
    }

    @Test func registeringAnAdministratorIsLogged() async throws {
        let text = try await log { logger in
            let service = try ApplicationService { $0.logger = logger }
            for email in ["1@example.org", "2@example.org"] {
                _ = try await service.send(.post, "/users", .form("email=\(email)&password=b4l0u"))
            }
        }
        #expect(text.contains("administrator=true"))
        #expect(text.contains("administrator=false"))
    }
}
