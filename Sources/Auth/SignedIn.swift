/// The proof that a request comes from a user. Only Auth can make one.
public struct SignedIn: Sendable {
    /// What the user showed.
    public enum Scheme: String, Sendable {
        /// A session cookie.
        case session
        /// Name and password (RFC 7617).
        case basic
    }

    /// The user, as of this request.
    public let user: User
    /// The hot answers about the user, where they are at hand.
    public let rendering: UserRendering?
    /// The session, if there is one behind the credential.
    public let sessionID: SessionID?
    /// How it was proved.
    public let scheme: Scheme

    init(user: User, rendering: UserRendering? = nil, sessionID: SessionID? = nil, scheme: Scheme) {
        self.user = user
        self.rendering = rendering
        self.sessionID = sessionID
        self.scheme = scheme
    }
}
