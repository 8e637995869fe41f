public import HTTP

/// Stands before every request, also before 404 and 405 (docs/HTTP.md): who is asking, and may anybody ask this?
public struct BeforeRequestFilter: Sendable {
    /// A scheme that is switched on.
    public enum Scheme: Sendable {
        /// A session cookie.
        case session(SessionCookieScheme)
        /// Name and password with each request.
        case basic(BasicScheme)

        func challenge(for request: Request) -> String {
            switch self {
            case .session(let scheme): scheme.challenge(for: request)
            case .basic(let scheme): scheme.challenge
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
        /// A credential that names no user; with what came of a password, if it was one.
        case unknown(Verification.Refusal?)
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

    /// Looks at a request. Throws when a scheme cannot say: that is doubt (503), never "not signed in".
    public func judge(
        _ request: Request, from address: PeerAddress, at now: Moment
    ) async throws -> Verdict {
        guard let schemes else { return .unfiltered }
        if openPaths.contains(where: { $0.covers(request.method, request.path) }) { return .open }
        // Whatever their order: a session is found in memory, a password costs a hash that may have to wait.
        if let signedIn = session(of: request, at: now) { return .signedIn(signedIn) }
        var refusal: Verification.Refusal?
        for case .basic(let scheme) in schemes {
            let source = SignInSource(address: address)
            switch try await scheme.authenticate(request, from: source) {
            case .account(let account): return .signedIn(SignedIn(UserSnapshot(account.user)))
            case .refused(let why): refusal = why
            case nil: break
            }
        }
        let name = cookieName.text(isSecure: request.isSecure)
        let showsCookie = request.fields.cookies(named: name).contains { !$0.isEmpty }
        return showsCookie || request.fields.contains(.authorization) ? .unknown(refusal) : .missing
    }

    /// The session behind a request's cookie, whatever the path: for the routes that end or replace it.
    public func session(of request: Request, at now: Moment) -> SignedIn? {
        for case .session(let scheme) in schemes ?? [] {
            if let signedIn = scheme.authenticate(request, at: now) { return signedIn }
        }
        return nil
    }

    /// The challenges of a 401 (RFC 9110 §11.6.1). A browser would open its own dialog on `Basic`, so a request
    /// that prefers HTML gets that challenge only when nothing else is switched on.
    public func challenges(for request: Request) -> [ResponseField] {
        let schemes = schemes ?? []
        let hidesBasic = schemes.count > 1 && AcceptField.prefersHTML(request.fields[.accept])
        return schemes.filter { scheme in
            if case .basic = scheme { !hidesBasic } else { true }
        }.map { ResponseField("WWW-Authenticate", $0.challenge(for: request)) }
    }
}
