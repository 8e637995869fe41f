public import HTTP

/// Stands before every request, also before 404 and 405 (docs/HTTP.md): who is asking, and may anybody ask this?
public struct BeforeRequestFilter: Sendable {
    /// A scheme that is switched on.
    public enum Scheme: Sendable {
        /// A session cookie.
        case session(SessionCookieScheme)
        /// A token of this server.
        case bearer(BearerScheme)
        /// Name and password with each request.
        case basic(BasicScheme)
        /// A proof computed from an app password.
        case digest(DigestScheme)

        /// Whose credentials these are; nil: they are of another scheme. Throws when it cannot say.
        func authenticate(
            _ field: AuthorizationField, _ request: Request, from address: PeerAddress, at now: Moment
        ) async throws -> SchemeOutcome? {
            switch self {
            case .session: nil
            case .bearer(let scheme):
                field.isOf("bearer") ? try await scheme.authenticate(field, from: address, at: now) : nil
            case .basic(let scheme):
                field.isOf("basic") ? try await scheme.authenticate(field, from: address, at: now) : nil
            case .digest(let scheme):
                field.isOf("digest") ? scheme.authenticate(field, request, at: now) : nil
            }
        }

        /// The challenges of a 401, the one the server likes best first.
        func challenges(
            for request: Request, after refusal: CredentialRefusal?, at now: Moment
        ) -> [String] {
            switch self {
            case .session(let scheme): [scheme.challenge(for: request)]
            case .bearer(let scheme): [scheme.challenge(after: refusal)]
            case .basic(let scheme): [scheme.challenge]
            case .digest(let scheme): scheme.challenges(after: refusal, at: now)
            }
        }

        /// Whether a browser opens its own dialog on the challenge.
        var opensDialog: Bool {
            switch self {
            case .session, .bearer: false
            case .basic, .digest: true
            }
        }
    }

    /// What the filter found.
    public enum Verdict: Sendable {
        /// The path is open; nobody looked at credentials.
        case open
        /// There is no filter (`AUTH_TYPE=none`).
        case unfiltered
        /// A credential that names a user.
        case signedIn(SignedIn)
        /// No credential at all.
        case missing
        /// A credential that names no user; with what was wrong, if a scheme that is switched on took it up.
        case unknown(CredentialRefusal?)
    }

    /// Nil: no filter at all. Empty: every protected path is refused.
    private let schemes: [Scheme]?
    private let openPaths: [OpenPath]
    private let cookieName: SessionCookieName

    /// A filter; without `schemes` it lets everything through.
    public init(schemes: [Scheme]?, openPaths: [OpenPath], cookieName: SessionCookieName) {
        self.schemes = schemes
        self.openPaths = openPaths
        self.cookieName = cookieName
    }

    /// What the first look finds, which is from memory alone.
    public enum Glance: Sendable {
        /// All there is to know.
        case found(Verdict)
        /// The field `Authorization` decides: ask `judge`.
        case shows(AuthorizationField)
    }

    /// Looks at a request without waiting for anything.
    public func glance(_ request: Request, at now: Moment) -> Glance {
        guard schemes != nil else { return .found(.unfiltered) }
        if openPaths.contains(where: { $0.covers(request.method, request.path) }) { return .found(.open) }
        // Whatever their order: a live cookie is found at once. Beside it `Authorization` is not looked at.
        if let signedIn = session(of: request, at: now) { return .found(.signedIn(signedIn)) }
        guard let authorization = request.fields[.authorization] else {
            let name = cookieName.text(isSecure: request.isSecure)
            let showsCookie = request.fields.cookies(named: name).contains { !$0.isEmpty }
            return .found(showsCookie ? .unknown(nil) : .missing)
        }
        guard let field = AuthorizationField(authorization) else { return .found(.unknown(nil)) }
        return .shows(field)
    }

    /// Whose credentials these are. Throws when a scheme cannot say: that is doubt (503), never "not signed in".
    public func judge(
        _ field: AuthorizationField, _ request: Request, from address: PeerAddress, at now: Moment
    ) async throws -> Verdict {
        // The field has one scheme (RFC 9110 §11.6.2).
        for scheme in schemes ?? [] {
            switch try await scheme.authenticate(field, request, from: address, at: now) {
            case .signedIn(let signedIn): return .signedIn(signedIn)
            case .refused(let refusal): return .unknown(refusal)
            case nil: break
            }
        }
        return .unknown(nil)
    }

    /// The session behind a request's cookie, whatever the path: for the routes that end or replace it.
    public func session(of request: Request, at now: Moment) -> SignedIn? {
        for case .session(let scheme) in schemes ?? [] {
            if let signedIn = scheme.authenticate(request, at: now) { return signedIn }
        }
        return nil
    }

    /// The challenges of a 401 (RFC 9110 §11.6.1), in the order of the schemes. A request that prefers HTML gets those
    /// that open a browser's dialog only when nothing else is switched on.
    public func challenges(
        for request: Request, after refusal: CredentialRefusal?, at now: Moment
    ) -> [ResponseField] {
        let schemes = schemes ?? []
        let hidesDialogs = schemes.count > 1 && AcceptField.prefersHTML(request.fields[.accept])
        return schemes.filter { !(hidesDialogs && $0.opensDialog) }
            .flatMap { $0.challenges(for: request, after: refusal, at: now) }
            .map { ResponseField("WWW-Authenticate", $0) }
    }
}

/// What a scheme makes of credentials that are its own.
enum SchemeOutcome: Sendable {
    /// They name this user.
    case signedIn(SignedIn)
    /// They name nobody.
    case refused(CredentialRefusal)
}
