import Auth
import Crypto
import HTTP

/// The user authentication service: forms in, JSON out (docs/HTTP.md).
struct ServiceHandlers: Sendable {
    let accounts: Accounts
    let signingIn: SigningIn
    let cookies: SessionCookies
    let registrationIsOpen: Bool
    /// How a reset token travels. In the answer it is handed to whoever asks, as the original did.
    let resetDelivery: Configuration.Delivery
    let wakeMail: @Sendable () -> Void

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
        try await call.limited(.registered) { try accounts.limits.registering(from: call.origin.address) }
        do {
            let user = try await accounts.register(
                email: email, password: password, from: SignInSource(address: call.origin.address),
                at: call.now)
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
        let email = form["email"] ?? ""
        try await call.limited(.resetAsked) {
            try accounts.limits.askingReset(email, from: call.origin.address)
        }
        if resetDelivery == .mail, !email.isEmpty {
            call.record(.resetAsked)
            return try await mailReset(to: email, call)
        }
        guard resetDelivery == .response,
            let (user, token) = try await accounts.makeResetToken(email: email, at: call.now)
        else {
            call.record(.resetAsked, resetDelivery == .response ? .unknownAccount : .switchedOff)
            throw HTTPError(.forbidden)
        }
        call.record(.resetAsked, user: user.id)
        return Response(
            status: .ok, body: JSONText.of(["email": user.email.text, "reset_token": token.text]))
    }

    /// The same answer, after the same work, for every email.
    private func mailReset(to email: String, _ call: Call) async throws -> Response {
        try await accounts.requestResetMail(to: email, at: call.now)
        wakeMail()
        return Response(
            status: .ok,
            body: JSONText.of(
                ["email": email, "message": "reset mail sent if the address has an account"]))
    }

    @Sendable func resetPassword(_ call: Call) async throws -> Response {
        let form = try Form(call.request)
        do {
            let source = SignInSource(address: call.origin.address)
            let user = try await call.limited(.resetUsed) {
                try await accounts.limits.usingReset(from: source.address) {
                    try await accounts.resetPassword(
                        email: form["email"] ?? "", token: form["reset_token"] ?? "",
                        password: form["new_password"] ?? "", from: source, at: call.now)
                }
            }
            guard let user else {
                call.record(.resetUsed, .badToken)
                throw HTTPError(.forbidden)
            }
            call.record(.resetUsed, user: user.id)
            accounts.limits.remember(user, at: call.origin.address)
            wakeMail()
            return Response(
                // Whoever is kept from signing in by others' failures gets in this way.
                status: .ok, fields: cookies.settingDevice(of: user, accounts, for: call),
                body: JSONText.of(["email": user.email.text, "message": "Password updated"]))
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, refusal.text)
        }
    }
}
