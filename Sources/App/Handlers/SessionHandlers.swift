import Auth
import HTTP

/// `/api/v1/auth_session`: signing in and out, the Simple API's way.
struct SessionHandlers: Sendable {
    let accounts: Accounts
    let signingIn: SigningIn
    let cookies: SessionCookies
    let uniformErrors: Bool

    @Sendable func logIn(_ call: Call, _ caller: Caller) async throws -> Response {
        try signingIn.requireSessions()
        let form = try Form(call.request)
        guard let email = form["email"], !email.isEmpty else { throw HTTPError(.badRequest, "email missing") }
        guard let password = form["password"], !password.isEmpty else {
            throw HTTPError(.badRequest, "password missing")
        }
        let success = try await signingIn.attempt(email: email, password: password, form, call, caller)
        guard let success else { throw try await failure(email) }
        return Response(
            status: .ok, fields: success.fields, body: JSONText.of(UserJSON(user: success.user)))
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
        call.record(.signOut, user: caller.signedIn?.user.id, by: caller.signedIn)
        return Response(
            status: .ok, fields: cookies.signingOut(call), body: JSONText.of([String: String]()))
    }
}
