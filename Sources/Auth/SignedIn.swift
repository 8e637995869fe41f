/// The proof that a request comes from a user. Only Auth can make one.
public struct SignedIn: Sendable {
    /// What the user showed.
    public enum Scheme: String, Sendable {
        /// A session cookie.
        case session
        /// Name and password (RFC 7617).
        case basic
    }

    private let snapshot: UserSnapshot
    /// The session, if there is one behind the credential.
    public let session: Session?

    init(_ snapshot: UserSnapshot, session: Session? = nil) {
        self.snapshot = snapshot
        self.session = session
    }

    /// The user, as of this request.
    public var user: User { snapshot.user }
    /// The hot answers about the user, where they are at hand.
    public var rendering: UserRendering? { snapshot.rendering }
    /// How it was proved.
    public var scheme: Scheme { session == nil ? .basic : .session }
}
