public import Crypto

/// Names a session inside the server: the hash of its token. The token itself is never kept.
public typealias SessionID = Digest

/// A session as it lies on disk.
public struct SessionRecord: Sendable, Equatable {
    /// The hash of the token.
    public var id: SessionID
    /// Whose session it is.
    public var userID: UserID
    /// When the user signed in.
    public var createdAt: WallTime
    /// Nil: never.
    public var expiresAt: WallTime?
    /// The user's `credentialVersion` that the sign-in verified.
    public var credentialVersion: Int64

    /// A session to be stored.
    public init(
        id: SessionID, userID: UserID, createdAt: WallTime, expiresAt: WallTime?, credentialVersion: Int64
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.credentialVersion = credentialVersion
    }
}
