import Foundation
import HTTP
import Testing

@testable import App

/// Checks are answered from memory (docs/ARCHITECTURE.md): without a task, which would cost more than the check.
@Suite struct ApplicationImmediateTests {
    private func reply(
        _ service: ApplicationService, _ method: HTTP.Method, _ path: String,
        _ fields: [(RequestField, String)] = []
    ) -> Responder.Reply {
        service.responder.respond(
            Request(
                head: RequestHead(
                    method: method, target: RequestTarget(path: path), fields: RequestFields(fields))))
    }

    private func status(_ reply: Responder.Reply) -> Status? {
        if case .ready(let response) = reply { response.status } else { nil }
    }

    @Test func checksWaitForNothing() async throws {
        let service = try ApplicationService()
        _ = try await service.register("ada@example.org")
        let cookie = try await service.signIn("ada@example.org")
        let shown = [(RequestField.cookie, "session_id=\(cookie)")]
        #expect(status(reply(service, .get, "/api/v1/status")) == .ok)
        #expect(status(reply(service, .get, "/profile", shown)) == .ok)
        #expect(status(reply(service, .head, "/profile/", shown)) == .ok)
        #expect(status(reply(service, .get, "/users/me", shown)) == .ok)
        #expect(status(reply(service, .get, "/sessions/whoami", shown)) == .ok)
        #expect(status(reply(service, .get, "/sessions/whoami")) == .unauthorized)
        #expect(status(reply(service, .get, "/profile", [(.cookie, "session_id=x")])) == .forbidden)
        #expect(status(reply(service, .get, "/nowhere", shown)) == .notFound)
        #expect(status(reply(service, .patch, "/profile", shown)) == .methodNotAllowed)
        #expect(status(reply(service, .options, "/profile", shown)) == .noContent)
    }

    /// A password has to be hashed, the store to be asked.
    @Test func whatTakesTimeIsWaitedFor() async throws {
        let service = try ApplicationService()
        let basic = Data("ada@example.org:correct horse".utf8).base64EncodedString()
        #expect(status(reply(service, .get, "/profile", [(.authorization, "Basic \(basic)")])) == nil)
        #expect(status(reply(service, .post, "/sessions")) == nil)
        #expect(status(reply(service, .get, "/readyz")) == nil)
    }
}
