/// The proof that a request comes from a user, whatever proved it: the one principal. Only Auth can make one.
public struct SignedIn: Sendable {
    /// What the user showed, by the word that logs have for it.
    public enum Scheme: String, Sendable {
        /// A session cookie.
        case session
        /// A signed access token (RFC 6750).
        case bearer
        /// Name and password (RFC 7617).
        case basic
        /// An app password that stayed where it was (RFC 7616).
        case digest
        /// An API key, as a Bearer token or as the password of Basic.
        case key
    }

    private let snapshot: UserSnapshot
    /// How it was proved.
    public let scheme: Scheme
    /// The session, if there is one behind the credential: what a sign-out ends.
    public let session: Session?
    /// When the user gave the password itself; nil: never, something else stood in for it.
    public let authenticatedAt: SteadyTime?

    /// Whether it may only look: nothing but safe methods (RFC 9110 §9.2.1).
    public let isReadOnly: Bool
    /// Whether an earlier request showed the same, so that this one has no line in the audit log.
    public let isContinued: Bool
    /// What the field `Authentication-Info` of the answer says (RFC 9110 §11.6.3).
    public let authenticationInfo: String?

    /// A session, by whatever credential it was found.
    init(_ snapshot: UserSnapshot, _ scheme: Scheme, session: Session) {
        self.snapshot = snapshot
        self.scheme = scheme
        self.session = session
        authenticatedAt = session.authenticatedAt
        isReadOnly = false
        isContinued = false
        authenticationInfo = nil
    }

    /// A credential without a session.
    init(
        _ snapshot: UserSnapshot, _ scheme: Scheme, authenticatedAt: SteadyTime? = nil,
        isReadOnly: Bool = false, isContinued: Bool = false,
        authenticationInfo: String? = nil
    ) {
        self.snapshot = snapshot
        self.scheme = scheme
        session = nil
        self.authenticatedAt = authenticatedAt
        self.isReadOnly = isReadOnly
        self.isContinued = isContinued
        self.authenticationInfo = authenticationInfo
    }

    /// Whether it proves that the owner is there, not only a program that was given a credential: such a program may not
    /// take the account over. Nor may a token whose session nobody looked up: it may have ended.
    public var provesOwner: Bool {
        switch scheme {
        case .session, .basic: true
        case .bearer: session != nil
        case .digest, .key: false
        }
    }

    /// The user, as of this request.
    public var user: User { snapshot.user }
    /// Names the user.
    public var userID: UserID { snapshot.user.id }
    /// The hot answers about the user, where they are at hand.
    public var rendering: UserRendering? { snapshot.rendering }
}
