import Auth
import HTTP
import Testing

@testable import App

/// Over the server's own TLS the default name has the prefix `__Host-`, and there is no other.
@Suite struct ApplicationCookieNameTests {
    private let service: ApplicationService
    private let token: String

    init() async throws {
        service = try ApplicationService()
        token = try await service.registerTwo().adaToken
    }

    private func profile(_ cookie: String, isSecure: Bool) async throws -> Status {
        try await service.send(.get, "/profile", isSecure: isSecure, fields: [(.cookie, cookie)]).status
    }

    @Test func overTLSTheCookieIsOfThisHostAlone() async throws {
        let form = ApplicationService.Body.form("email=ada@example.org&password=correct+horse")
        for path in ["/sessions", "/api/v1/auth_session/login"] {
            let secure = try await service.send(.post, path, isSecure: true, form).values(of: "Set-Cookie")
            #expect(secure.count == 2 && secure.last?.hasPrefix("__Host-device=") == true)
            let field = try #require(secure.first)
            #expect(field.hasPrefix("__Host-session_id="))
            #expect(
                field.dropFirst("__Host-session_id=".count + 43) == "; Path=/; HttpOnly; SameSite=Lax; Secure"
            )
            let plain = try #require(try await service.send(.post, path, form).value(of: "Set-Cookie"))
            #expect(plain.hasPrefix("session_id="))
            #expect(plain.dropFirst("session_id=".count + 43) == "; Path=/; HttpOnly; SameSite=Lax")
        }
    }

    @Test func overTLSACookieThatAnybodyCouldPlantIsNone() async throws {
        #expect(try await profile("__Host-session_id=\(token)", isSecure: true) == .ok)
        #expect(try await profile("session_id=\(token)", isSecure: true) == .forbidden)
        #expect(try await profile("__host-session_id=\(token)", isSecure: true) == .forbidden)
        // A planted one beside the user's own.
        let other = try await service.signIn("boss@example.org")
        let both = try await service.send(
            .get, "/profile", isSecure: true,
            fields: [(.cookie, "session_id=\(other); __Host-session_id=\(token)")])
        #expect(both.text == "{\"email\":\"ada@example.org\"}\n")
        let missing = try await service.send(
            .get, "/api/v1/users", isSecure: true, fields: [(.cookie, "session_id=\(token)")])
        expectRefusal(missing, .unauthorized)
        #expect(
            missing.values(of: "WWW-Authenticate") == [
                #"Cookie realm="sessiond", cookie-name="__Host-session_id""#
            ])
    }

    @Test func inTheClearItHasNoPrefix() async throws {
        #expect(try await profile("session_id=\(token)", isSecure: false) == .ok)
        #expect(try await profile("__Host-session_id=\(token)", isSecure: false) == .forbidden)
    }

    @Test func aNameOfTheOperatorsStaysAsItIs() {
        let name = SessionCookieName("sid")
        #expect(name.text(isSecure: true) == "sid" && name.text(isSecure: false) == "sid")
        #expect(SessionCookieName("__Host-session_id").text(isSecure: true) == "__Host-session_id")
    }

    @Test(arguments: ["/sessions", "/api/v1/auth_session/logout"])
    func signingOutOverTLSClearsWhatABrowserKeeps(_ path: String) async throws {
        let left = try await service.send(
            .delete, path, isSecure: true, fields: [(.cookie, "__Host-session_id=\(token)")])
        #expect(
            left.values(of: "Set-Cookie") == [
                "__Host-session_id=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0; "
                    + "Expires=Thu, 01 Jan 1970 00:00:00 GMT"
            ])
        // Not the cookies: that of the device lives on.
        #expect(left.values(of: "Clear-Site-Data") == [#""cache", "storage""#])
        let plain = try await service.signIn("ada@example.org")
        let answer = try await service.send(.delete, path, token: plain)
        #expect(
            answer.values(of: "Set-Cookie") == [
                "session_id=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
            ])
        #expect(answer.values(of: "Clear-Site-Data").isEmpty)
    }

    /// A proxy that speaks TLS to us, for a client that does not: the browser would drop the prefixed cookie.
    @Test func whatAProxySpeaksIsNotWhatItsClientSpeaks() async throws {
        let service = try ApplicationService {
            $0.proxies = TrustedProxies([.unix])
        }
        _ = try await service.register("ada@example.org")
        let head = RequestHead(
            method: .post, target: try RequestTarget(Array("/sessions".utf8)[...], method: .post),
            fields: RequestFields([
                (.contentType, "application/x-www-form-urlencoded"), (.xForwardedFor, "192.0.2.1"),
                (.xForwardedProto, "http"),
            ]))
        let body = Array("email=ada@example.org&password=correct+horse".utf8)
        let response = await service.responder.answer(
            Request(head: head, body: body, peer: .unix, isSecure: true))
        let field = try #require(response.value(of: "Set-Cookie"))
        #expect(field.hasPrefix("session_id=") && !field.contains("Secure"))
    }
}
