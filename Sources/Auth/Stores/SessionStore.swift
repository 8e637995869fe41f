/// Durable sessions. Each call is one transaction and returns after its commit; only a store that cannot answer throws.
public protocol SessionStore: Sendable {
    /// Stores a session, if its user exists and still has the record's `credentialVersion`; else false.
    func insert(_ session: SessionRecord) async throws -> Bool
    /// Deletes a session; deleting an unknown one is not an error.
    func delete(_ id: SessionID) async throws
    /// All sessions not expired at `time`, each with its user, for the start.
    func liveSessions(at time: WallTime) async throws -> [(session: SessionRecord, user: User)]
    /// Deletes at most `limit` sessions that expired before `time`; returns how many.
    func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int
}
