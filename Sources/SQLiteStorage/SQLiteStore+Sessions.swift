public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insert(_ session: SessionRecord) async throws -> Bool {
        try await writer.write { connection in
            try connection.run(
                Statements.insert, .digest(session.id), .user(session.userID), .time(session.createdAt),
                .time(session.expiresAt), .integer(session.credentialVersion)) > 0
        }
    }

    public func delete(_ id: SessionID) async throws {
        _ = try await writer.write { connection in try connection.run(Statements.delete, .digest(id)) }
    }

    public func liveSessions(at time: WallTime) async throws -> [(session: SessionRecord, user: User)] {
        try await readers.read { connection in
            // One user may have many sessions: its strings are read once and shared.
            var users: [Int64: User] = [:]
            return try connection.rows(Statements.live, .time(time)) { row in
                let sequence = UserRow.sequence(row)
                let user = try users[sequence] ?? UserRow.read(row)
                users[sequence] = user
                let first = UserRow.width
                let session = SessionRecord(
                    id: try row.digest(first), userID: user.id,
                    createdAt: WallTime(milliseconds: row.integer(first + 1)),
                    expiresAt: row.isNull(first + 2)
                        ? nil : WallTime(milliseconds: row.integer(first + 2)),
                    credentialVersion: row.integer(first + 3))
                return (session, user)
            }
        }
    }

    public func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int {
        try await writer.write { connection in
            try connection.run(Statements.deleteExpired, .time(time), .integer(Int64(max(limit, 0))))
        }
    }
}

private enum Statements {
    static let insert = SQL(
        "inserting a session",
        """
        INSERT INTO sessions (id, user, created_at, expires_at, credential_version)
        SELECT ?1, seq, ?3, ?4, ?5 FROM users WHERE id = ?2 AND credential_version = ?5
        """)
    static let delete = SQL("deleting a session", "DELETE FROM sessions WHERE id = ?1")
    static let live = SQL(
        "loading sessions",
        """
        SELECT \(UserRow.columns), sessions.id, sessions.created_at, sessions.expires_at,
            sessions.credential_version
        FROM sessions JOIN users ON users.seq = sessions.user
        WHERE sessions.expires_at IS NULL OR sessions.expires_at > ?1
        """)
    static let deleteExpired = SQL(
        "deleting expired sessions",
        """
        DELETE FROM sessions
        WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)
        """)
}
