import Auth
import Crypto
import HTTP

/// Session cookies, as both APIs set and clear them.
struct SessionCookies: Sendable {
    let name: String
    let secure: Configuration.SecureCookies

    func setting(_ token: SecretToken, for request: Request) -> ResponseField {
        let cookie = SetCookie(name: name, value: token.text, isSecure: isSecure(for: request))
        return ResponseField("Set-Cookie", cookie.text)
    }

    func clearing(for request: Request) -> ResponseField {
        ResponseField("Set-Cookie", SetCookie.clearing(name: name, isSecure: isSecure(for: request)).text)
    }

    private func isSecure(for request: Request) -> Bool { secure == .always || request.isSecure }
}

/// `/api/v1/auth_session`: signing in and out, the Simple API's way.
struct SessionHandlers: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let hasSessions: Bool
    let uniformErrors: Bool

    @Sendable func logIn(_ call: Call) async throws -> Response {
        guard hasSessions else { throw HTTPError(.notImplemented, "Session authentication is not enabled") }
        let form = try Form(call.request)
        guard let email = form["email"], !email.isEmpty else { throw HTTPError(.badRequest, "email missing") }
        guard let password = form["password"], !password.isEmpty else {
            throw HTTPError(.badRequest, "password missing")
        }
        guard let account = try await accounts.verify(email: email, password: password),
            let token = try await accounts.signIn(account, at: call.now)
        else { throw try await failure(email) }
        let body = JSONText.of(UserJSON(user: account.user))
        return Response(status: .ok, fields: [cookies.setting(token, for: call.request)], body: body)
    }

    private func failure(_ email: String) async throws -> HTTPError {
        if uniformErrors { return HTTPError(.unauthorized, "wrong email or password") }
        return try await accounts.exists(email: email)
            ? HTTPError(.unauthorized, "wrong password")
            : HTTPError(.notFound, "no user found for this email")
    }

    @Sendable func logOut(_ call: Call, _ caller: Caller) async throws -> Response {
        guard let id = caller.signedIn?.sessionID, try await accounts.signOut(id) else {
            throw HTTPError(.notFound)
        }
        return Response(
            status: .ok, fields: [cookies.clearing(for: call.request)], body: JSONText.of([String: String]()))
    }
}
