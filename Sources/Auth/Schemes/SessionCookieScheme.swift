import Crypto
import HTTP

/// The session cookie (docs/HTTP.md): an opaque token, looked up by its hash.
public struct SessionCookieScheme: Sendable {
    /// The name of the cookie.
    public let cookieName: SessionCookieName
    private let sessions: SessionMap

    /// A scheme that reads this cookie and asks this map.
    public init(cookieName: SessionCookieName, sessions: SessionMap) {
        self.cookieName = cookieName
        self.sessions = sessions
    }

    /// The challenge of a 401 (RFC 9110 §11.6.1). No scheme is registered for cookies; the name says what to do.
    func challenge(for request: Request) -> String {
        "Cookie realm=\"sessiond\", cookie-name=\"\(cookieName.text(isSecure: request.isSecure))\""
    }

    /// The user behind the first cookie of that name that is a live session.
    func authenticate(_ request: Request, at now: Moment) -> SignedIn? {
        for value in request.fields.cookies(named: cookieName.text(isSecure: request.isSecure)) {
            guard let token = SecretToken(value) else { continue }
            guard let session = sessions.find(SessionID(token), at: now.steady) else { continue }
            return SignedIn(session.user.current(sessions.render), .session, session: session)
        }
        return nil
    }
}
