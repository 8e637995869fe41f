import Auth
import Crypto
import HTTP

/// The user authentication service: forms in, JSON out (docs/HTTP.md).
struct ServiceHandlers: Sendable {
    let accounts: Accounts
    let signingIn: SigningIn
    let cookies: SessionCookies
    let registrationIsOpen: Bool
    /// Whether a reset token is handed to whoever asks, as the original did; otherwise asking is refused.
    let showsResetTokens: Bool

    private static let welcome = JSONText.of(["message": "Bienvenue"])

    @Sendable func welcome(_ call: Call) -> Response {
        Response(status: .ok, body: Self.welcome)
    }

    @Sendable func register(_ call: Call) async throws -> Response {
        guard registrationIsOpen else { throw HTTPError(.forbidden) }
        let form = try Form(call.request)
        guard let email = form["email"], !email.isEmpty else { throw HTTPError(.badRequest, "email missing") }
        guard let password = form["password"], !password.isEmpty else {
            throw HTTPError(.badRequest, "password missing")
        }
        do {
            let user = try await accounts.register(email: email, password: password, at: call.now)
            call.record(.registered, user: user.id, .administrator(user.isAdministrator))
            return Response(
                status: .ok, body: JSONText.of(["email": user.email.text, "message": "user created"]))
        } catch Accounts.RegistrationRefusal.addressTaken {
            // The one error body of the original with another key.
            return Response(
                status: .badRequest, body: JSONText.of(["message": "email already registered"]))
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, refusal.text)
        }
    }

    @Sendable func logIn(_ call: Call, _ caller: Caller) async throws -> Response {
        try signingIn.requireSessions()
        let form = try Form(call.request)
        let success = try await signingIn.attempt(
            email: form["email"] ?? "", password: form["password"] ?? "", form, call, caller)
        guard let success else { throw HTTPError(.unauthorized) }
        return Response(
            status: .ok, fields: success.fields,
            body: JSONText.of(["email": success.user.email.text, "message": "logged in"]))
    }

    @Sendable func logOut(_ call: Call, _ caller: Caller) async throws -> Response {
        guard let id = caller.signedIn?.session?.id, try await accounts.signOut(id) else {
            throw HTTPError(.forbidden)
        }
        call.record(.signOut, user: caller.signedIn?.user.id, by: caller.signedIn)
        return Response(
            status: .found, fields: [ResponseField("Location", "/")] + cookies.signingOut(call))
    }

    @Sendable func profile(_ call: Call, _ signedIn: SignedIn) -> Response {
        let rendering = signedIn.rendering ?? UserRendering(of: signedIn.user)
        return Response(status: .ok, body: rendering.profile)
    }

    @Sendable func requestReset(_ call: Call) async throws -> Response {
        let form = try Form(call.request)
        guard showsResetTokens,
            let (user, token) = try await accounts.makeResetToken(email: form["email"] ?? "", at: call.now)
        else {
            call.record(.resetAsked, showsResetTokens ? .unknownAccount : .switchedOff)
            throw HTTPError(.forbidden)
        }
        call.record(.resetAsked, user: user.id)
        return Response(
            status: .ok, body: JSONText.of(["email": user.email.text, "reset_token": token.text]))
    }

    @Sendable func resetPassword(_ call: Call) async throws -> Response {
        let form = try Form(call.request)
        do {
            let user = try await accounts.resetPassword(
                email: form["email"] ?? "", token: form["reset_token"] ?? "",
                password: form["new_password"] ?? "", at: call.now)
            guard let user else {
                call.record(.resetUsed, .badToken)
                throw HTTPError(.forbidden)
            }
            call.record(.resetUsed, user: user.id)
            return Response(
                status: .ok, body: JSONText.of(["email": user.email.text, "message": "Password updated"]))
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, refusal.text)
        }
    }
}
