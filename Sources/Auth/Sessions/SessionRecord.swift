/// A session as it lies on disk.
public struct SessionRecord: Sendable, Equatable {
    /// Its name.
    public var id: SessionID
    /// Whose session it is.
    public var userID: UserID
    /// When the user signed in.
    public var createdAt: WallTime
    /// Nil: never.
    public var expiresAt: WallTime?
    /// When it was asked for last, as far as that was written.
    public var seenAt: WallTime
    /// Whether the user asked to be remembered.
    public var isRemembered: Bool
    /// The user's `credentialVersion` that the sign-in verified.
    public var credentialVersion: Int64
    /// What signed in.
    public var client: SessionClient

    /// A session to be stored.
    public init(
        id: SessionID, userID: UserID, createdAt: WallTime, expiresAt: WallTime?, seenAt: WallTime,
        isRemembered: Bool = false, credentialVersion: Int64, client: SessionClient = SessionClient()
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.seenAt = seenAt
        self.isRemembered = isRemembered
        self.credentialVersion = credentialVersion
        self.client = client
    }
}

/// What the user's list of sessions tells about a client. On disk only.
public struct SessionClient: Sendable, Equatable {
    /// Where the sign-in came from.
    public var address: String?
    /// The field `User-Agent` (RFC 9110 §10.1.5), cut.
    public var userAgent: String?

    /// What is known.
    public init(address: String? = nil, userAgent: String? = nil) {
        self.address = address
        self.userAgent = userAgent
    }
}
