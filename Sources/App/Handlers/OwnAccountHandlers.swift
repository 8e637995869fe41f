import Auth
import Crypto
import HTTP

/// `/api/v1/users/me`: what users change of their own accounts with their password (docs/HTTP.md).
struct OwnAccountHandlers: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let delivery: Configuration.Delivery
    let wakeMail: @Sendable () -> Void

    private static let done = JSONText.of([String: String]())

    /// The caller goes on with a new session; every other one of the user ends.
    @Sendable func changePassword(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        let object = try Self.object(call)
        let current = try Self.text(object, "current_password")
        let new = try Self.text(object, "new_password")
        let account = try await prove(current, signedIn, call)
        do {
            guard let changed = try await accounts.changePassword(of: account, to: new, at: call.now) else {
                throw HTTPError(.forbidden)
            }
            call.record(.passwordChanged, user: signedIn.user.id)
            accounts.limits.remember(changed.user, at: call.origin.address)
            wakeMail()
            return Response(
                status: .ok, fields: try await renewing(signedIn, changed, call), body: Self.done)
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, refusal.text)
        }
    }

    private func renewing(
        _ signedIn: SignedIn, _ account: Account, _ call: Call
    ) async throws -> [ResponseField] {
        guard let session = signedIn.session else { return [] }
        let terms = SignInTerms(isRemembered: session.isRemembered, client: SessionClient(call))
        // Nil: changed again meanwhile, by whoever knows the password that was just set.
        let issued = try await accounts.signIn(account, terms, at: call.now)
        return [issued.map { cookies.setting($0, for: call) } ?? cookies.clearing(for: call)]
            // The device stays known: its cookie so far was for the former password.
            + cookies.settingDevice(of: account.user, accounts, for: call)
    }

    @Sendable func requestEmailChange(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        guard delivery != .off else { throw HTTPError(.forbidden) }
        let object = try Self.object(call)
        let email = try Self.text(object, "email")
        let password = try Self.text(object, "password")
        let account = try await prove(password, signedIn, call)
        do {
            let token = try await accounts.requestEmailChange(of: account.user.id, to: email, at: call.now)
            call.record(.emailChangeAsked, user: account.user.id)
            if let token {
                return Response(
                    status: .ok, body: JSONText.of(["confirmation_token": token.text, "email": email]))
            }
            wakeMail()
            return Response(
                status: .accepted, body: JSONText.of(["email": email, "message": "confirmation mail sent"]))
        } catch let refusal as Accounts.RegistrationRefusal {
            throw HTTPError(.badRequest, refusal.text)
        }
    }

    @Sendable func confirmEmail(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        let token = try Self.text(Self.object(call), "token")
        switch try await accounts.confirmEmailChange(of: signedIn.user.id, token: token, at: call.now) {
        case .changed(let user):
            call.record(.emailChanged, user: user.id)
            accounts.limits.remember(user, at: call.origin.address)
            return Response(
                status: .ok,
                fields: signedIn.session == nil ? [] : cookies.settingDevice(of: user, accounts, for: call),
                body: JSONText.of(UserJSON(user: user)))
        case .taken: throw HTTPError(.conflict, "email already registered")
        case .unknown: throw HTTPError(.badRequest, "token is unknown, used or expired")
        }
    }

    @Sendable func delete(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        let password = try Self.text(Self.object(call), "password")
        let account = try await prove(password, signedIn, call)
        guard try await accounts.delete(account.user.id) else { throw HTTPError(.unauthorized) }
        call.record(.accountDeleted, user: account.user.id)
        return Response(status: .ok, fields: cookies.signingOut(call), body: Self.done)
    }

    /// The one place where a user who is signed in gives the password again. The session has a count of its own; of
    /// Basic the same password was right just now, from the same address.
    private func prove(_ password: String, _ signedIn: SignedIn, _ call: Call) async throws -> Account {
        let source = SignInSource(
            address: call.origin.address, isKnownDevice: true, session: signedIn.session?.id)
        let email = signedIn.user.email.text
        do {
            switch try await accounts.check(email: email, password: password, from: source) {
            case .account(let account) where account.user.id == signedIn.user.id: return account
            case .account: break
            case .refused(let refusal):
                call.record(.signIn, AuditReason(refusal), user: refusal.user, by: signedIn)
            }
        } catch {
            call.record(.signIn, AuditReason(of: error), user: signedIn.user.id, by: signedIn)
            throw error
        }
        throw HTTPError(.forbidden, "wrong password")
    }

    /// The body; 415 unless it is JSON.
    static func object(_ call: Call) throws -> JSONObject {
        let media = call.request.fields[.contentType].flatMap(MediaType.init)
        guard media?.isJSON ?? false else { throw HTTPError(.unsupportedMediaType) }
        return try JSONObject(call.request)
    }

    /// A member that has to be there.
    static func text(_ object: JSONObject, _ name: String) throws -> String {
        switch object[name] {
        case nil, .null, .string(""): throw HTTPError(.badRequest, "\(name) missing")
        case .string(let text): return text
        default: throw HTTPError(.badRequest, "\(name) is not a string")
        }
    }
}
