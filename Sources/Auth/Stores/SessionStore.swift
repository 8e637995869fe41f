/// Durable sessions. Each call is one transaction and returns after its commit; only a store that cannot answer throws.
public protocol SessionStore: Sendable {
    /// Stores a session, if its user exists, is not disabled and still has the record's `credentialVersion`; else nil.
    /// In the same transaction deletes the session that it takes the place of, and the oldest of the user's until
    /// `mostPerUser` are left, this one among them even if the wall clock was set back; returns the user as of then,
    /// and which were deleted.
    func insert(
        _ session: SessionRecord, replacing: SessionID?, mostPerUser: Int
    ) async throws -> (user: User, ended: [SessionID])?
    /// Deletes sessions; an unknown one is not an error.
    func delete(_ ids: [SessionID]) async throws
    /// Deletes all sessions of a user but one, and returns which.
    func deleteSessions(of user: UserID, except: SessionID?) async throws -> [SessionID]
    /// The sessions of a user, oldest first, whether they have expired or not.
    func sessions(of user: UserID) async throws -> [SessionRecord]
    /// Calls `body` with every session not expired at `time`, without its client, and its user, for the start.
    func loadSessions(at time: WallTime, _ body: @escaping @Sendable (SessionRecord, User) -> Void)
        async throws
    /// Notes when sessions were asked for last; an unknown one is not an error.
    func setSeen(_ times: [(id: SessionID, at: WallTime)]) async throws
    /// Deletes at most `limit` sessions that expired before `time`; returns how many.
    func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int
}
