import Auth
import HTTP

/// Access tokens and refresh tokens, in the shapes of OAuth 2.0 (RFC 6749 §5), and the keys that verify them.
struct TokenHandlers: Sendable {
    let accounts: Accounts
    let signingIn: SigningIn
    /// Nil: Bearer is off.
    let tokens: AccessTokens?

    /// Seconds for which verifiers may keep the key set: less than a new key is in it before it signs.
    static let keySetAge = 300

    /// None may occur twice (RFC 6749 §3.2).
    private static let parameters = ["grant_type", "email", "username", "password", "refresh_token"]

    /// `POST /api/v1/auth_session/token`: a password, a session cookie or a refresh token for an access token.
    @Sendable func issue(_ call: Call, _ caller: Caller) async throws -> Response {
        guard let tokens else { throw HTTPError(.notImplemented, "Bearer tokens are not enabled") }
        if !call.request.body.isEmpty {
            let media = call.request.fields[.contentType].flatMap(MediaType.init)
            guard let media, media.isForm || media.isMultipartForm else {
                throw HTTPError(.unsupportedMediaType)
            }
        }
        do {
            let form = try Form(call.request)
            if let name = form.repeated(among: Self.parameters) {
                throw GrantRefusal(.invalidRequest, "\(name) occurs twice")
            }
            let grant = try await session(form, call, caller)
            let access = try tokens.issue(for: grant.session, at: call.now)
            call.record(
                .tokenIssued, user: grant.session.userID, by: grant.word == "session" ? caller.signedIn : nil,
                .grant(grant.word))
            return Self.answer(
                .ok,
                TokenAnswer(
                    accessToken: access.text, expiresIn: access.lifetime, refreshToken: grant.refreshToken))
        } catch let refusal as GrantRefusal {
            return Self.answer(.badRequest, refusal)
        } catch let error as HTTPError where error.status == .badRequest {
            return Self.answer(.badRequest, GrantRefusal(.invalidRequest, error.text))
        }
    }

    /// A session, and how it was come by.
    private struct Grant {
        let session: Session
        let refreshToken: String
        let word: String
    }

    private func session(_ form: Form, _ call: Call, _ caller: Caller) async throws -> Grant {
        switch form["grant_type"] {
        case nil, "password"?: break
        case "refresh_token"?: return try await refreshed(form, call)
        default:
            throw GrantRefusal(.unsupportedGrantType, "grant_type is password or refresh_token")
        }
        if let (email, password) = try Self.credentials(form, call.request) {
            // A session of its own: that of a cookie beside it goes on.
            let terms = SignInTerms(form, call, Caller(signedIn: nil, isRestricted: false))
            guard
                let begun = try await signingIn.begin(email: email, password: password, terms, call)?.session,
                let session = accounts.sessions.peek(begun.id, at: call.now.steady)
            else { throw GrantRefusal(.invalidGrant, "wrong email or password") }
            return try await began(session, "password", call)
        }
        guard let signedIn = caller.signedIn, signedIn.scheme == .session, let session = signedIn.session
        else {
            throw GrantRefusal(.invalidRequest, "email and password, or a session cookie, are missing")
        }
        return try await began(session, "session", call)
    }

    private func began(_ session: Session, _ word: String, _ call: Call) async throws -> Grant {
        guard let token = try await accounts.refreshTokens.begin(for: session.id, at: call.now) else {
            throw GrantRefusal(.invalidGrant, "the session has ended")
        }
        return Grant(session: session, refreshToken: token, word: word)
    }

    private func refreshed(_ form: Form, _ call: Call) async throws -> Grant {
        guard let token = form["refresh_token"], !token.isEmpty else {
            throw GrantRefusal(.invalidRequest, "refresh_token missing")
        }
        switch try await accounts.refreshTokens.redeem(token, at: call.now) {
        case .renewed(let session, let token):
            return Grant(session: session, refreshToken: token, word: "refresh_token")
        case .replayed(_, let user): call.record(.refreshReplayed, .badToken, user: user)
        case .unknown: break
        }
        throw GrantRefusal(.invalidGrant, "the refresh token is not valid")
    }

    /// Email and password from the form, or else from Basic (RFC 7617); nil: neither was meant.
    private static func credentials(
        _ form: Form, _ request: Request
    ) throws -> (email: String, password: String)? {
        let email = form["email"] ?? form["username"]
        if email != nil || form["password"] != nil {
            guard let email, !email.isEmpty else { throw GrantRefusal(.invalidRequest, "email missing") }
            guard let password = form["password"], !password.isEmpty else {
                throw GrantRefusal(.invalidRequest, "password missing")
            }
            return (email, password)
        }
        guard let authorization = request.fields[.authorization] else { return nil }
        guard let field = AuthorizationField(authorization), field.isOf("basic"),
            let (user, password) = BasicScheme.credentials(in: field)
        else { throw GrantRefusal(.invalidRequest, "Authorization is not of the scheme Basic, or malformed") }
        return (user, password)
    }

    /// Not even HTTP/1.0 may keep it (RFC 6749 §5.1).
    private static func answer(_ status: Status, _ body: some Encodable) -> Response {
        Response(status: status, fields: [ResponseField("Pragma", "no-cache")], body: JSONText.of(body))
    }

    /// `GET /.well-known/jwks.json`: the public halves of the keys (RFC 7517 §5), the one answer that may be kept.
    @Sendable func keySet(_ call: Call) -> Response {
        let keys = tokens?.keys.published(at: call.now.wall) ?? []
        return Response(
            status: .ok, fields: [ResponseField("Cache-Control", "public, max-age=\(Self.keySetAge)")],
            body: JSONText.of(["keys": keys.map(\.published)]))
    }
}

/// A successful answer (RFC 6749 §5.1).
private struct TokenAnswer: Encodable {
    let accessToken: String
    let expiresIn: Int64
    let refreshToken: String
    let tokenType = "Bearer"

    private enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
        case tokenType = "token_type"
    }
}

/// Why there is no token (RFC 6749 §5.2).
private struct GrantRefusal: Error, Encodable {
    enum Kind: String, Encodable {
        case invalidRequest = "invalid_request"
        case invalidGrant = "invalid_grant"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    let kind: Kind
    let text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    private enum CodingKeys: String, CodingKey {
        case kind = "error"
        case text = "error_description"
    }
}
