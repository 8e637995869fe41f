import Auth
import HTTP

/// `/api/v1/auth_session`: signing in and out, the Simple API's way.
struct SessionHandlers: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let hasSessions: Bool
    let uniformErrors: Bool

    @Sendable func logIn(_ call: Call, _ caller: Caller) async throws -> Response {
        guard hasSessions else { throw HTTPError(.notImplemented, "Session authentication is not enabled") }
        let form = try Form(call.request)
        guard let email = form["email"], !email.isEmpty else { throw HTTPError(.badRequest, "email missing") }
        guard let password = form["password"], !password.isEmpty else {
            throw HTTPError(.badRequest, "password missing")
        }
        guard let account = try await accounts.verify(email: email, password: password),
            let issued = try await accounts.signIn(account, SignInTerms(form, call, caller), at: call.now)
        else { throw try await failure(email) }
        let body = JSONText.of(UserJSON(user: issued.user))
        return Response(status: .ok, fields: [cookies.setting(issued, for: call)], body: body)
    }

    private func failure(_ email: String) async throws -> HTTPError {
        if uniformErrors { return HTTPError(.unauthorized, "wrong email or password") }
        return try await accounts.exists(email: email)
            ? HTTPError(.unauthorized, "wrong password")
            : HTTPError(.notFound, "no user found for this email")
    }

    @Sendable func logOut(_ call: Call, _ caller: Caller) async throws -> Response {
        guard let id = caller.signedIn?.session?.id, try await accounts.signOut(id) else {
            throw HTTPError(.notFound)
        }
        return Response(
            status: .ok, fields: [cookies.clearing(for: call)], body: JSONText.of([String: String]()))
    }
}
