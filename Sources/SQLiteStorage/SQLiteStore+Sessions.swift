public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insert(
        _ session: SessionRecord, replacing: SessionID?, mostPerUser: Int
    ) async throws -> (user: User, ended: [SessionID])? {
        try await writer.write { connection in
            let found = try connection.row(
                Statements.findUser, .user(session.userID), .integer(session.credentialVersion)
            ) { row in (sequence: UserRow.sequence(row), user: try UserRow.read(row)) }
            guard let found else { return nil }
            let user = SQLiteValue.integer(found.sequence)
            try connection.run(
                Statements.insert, .session(session.id), user, .time(session.createdAt),
                .time(session.expiresAt), .time(session.seenAt), .bool(session.isRemembered),
                .integer(session.credentialVersion), .optional(session.client.address),
                .optional(session.client.userAgent))
            var ended: [SessionID] = []
            if let replacing, try connection.run(Statements.delete, .session(replacing)) > 0 {
                ended.append(replacing)
            }
            // Two simple statements: for one with a subquery SQLite opens a temporary table, which costs more than the rest.
            let others = try connection.rows(Statements.others, user, .session(session.id)) { row in
                (id: try row.sessionID(0), createdAt: row.time(1))
            }
            // Those of a time that is yet to come began before the clock was set back.
            let (past, yetToCome) = (
                others.filter { $0.createdAt <= session.createdAt },
                others.filter { $0.createdAt > session.createdAt }
            )
            for other in (past + yetToCome).dropFirst(max(0, mostPerUser - 1)) {
                try connection.run(Statements.delete, .session(other.id))
                ended.append(other.id)
            }
            return (found.user, ended)
        }
    }

    public func delete(_ ids: [SessionID]) async throws {
        try await writer.write { connection in
            for id in ids { try connection.run(Statements.delete, .session(id)) }
        }
    }

    public func deleteSessions(of user: UserID, except: SessionID?) async throws -> [SessionID] {
        try await writer.write { connection in
            try connection.rows(Statements.deleteOthers, .user(user), .session(except)) { row in
                try row.sessionID(0)
            }
        }
    }

    public func sessions(of user: UserID) async throws -> [SessionRecord] {
        try await readers.read { connection in
            try connection.rows(Statements.list, .user(user)) { row in
                var session = try SessionRow.read(row, of: user)
                session.client = SessionRow.client(row)
                return session
            }
        }
    }

    public func loadSessions(
        at time: WallTime, _ body: @escaping @Sendable (SessionRecord, User) -> Void
    ) throws {
        try readers.readHere { connection in
            // Two passes in the order of the file, in place of a search for each session. One user may have many: its
            // strings are read once and shared.
            var users: [User] = []
            var places: [Int64: Int] = [:]
            try connection.forEach(Statements.owners) { row in
                places[UserRow.sequence(row)] = users.count
                users.append(try UserRow.read(row))
            }
            try connection.forEach(Statements.live, .time(time)) { row in
                guard let place = places[row.integer(SessionRow.width)] else { throw row.corrupt }
                body(try SessionRow.read(row, of: users[place].id), users[place])
            }
        }
    }

    public func setSeen(_ times: [(id: SessionID, at: WallTime)]) async throws {
        try await writer.write { connection in
            for (id, time) in times {
                try connection.run(Statements.setSeen, .session(id), .time(time))
            }
        }
    }

    public func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int {
        try await writer.write { connection in
            try connection.run(Statements.deleteExpired, .time(time), .integer(Int64(max(limit, 0))))
        }
    }
}

/// How a row of `sessions` becomes a `SessionRecord`.
private enum SessionRow {
    static let columns = """
        sessions.id, sessions.created_at, sessions.expires_at, sessions.seen_at, sessions.is_remembered, \
        sessions.credential_version
        """
    /// The number of `columns`.
    static let width: Int32 = 6

    static func read(_ row: SQLiteStatement, of user: UserID) throws -> SessionRecord {
        SessionRecord(
            id: try row.sessionID(0), userID: user, createdAt: row.time(1),
            expiresAt: row.isNull(2) ? nil : row.time(2), seenAt: row.time(3),
            isRemembered: row.integer(4) != 0, credentialVersion: row.integer(5))
    }

    static func client(_ row: SQLiteStatement) -> SessionClient {
        SessionClient(address: row.optionalText(width), userAgent: row.optionalText(width + 1))
    }
}

private enum Statements {
    static let findUser = UserRow.unchanged("finding the user of a session")
    static let insert = SQL(
        "inserting a session", "INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
    static let delete = SQL("deleting a session", "DELETE FROM sessions WHERE id = ?1")
    static let others = SQL(
        "listing a user's other sessions",
        """
        SELECT id, created_at FROM sessions WHERE user = ?1 AND id <> ?2
        ORDER BY created_at DESC, id DESC
        """)
    static let deleteOthers = SQL(
        "deleting a user's sessions",
        """
        DELETE FROM sessions
        WHERE user = (SELECT seq FROM users WHERE id = ?1) AND id IS NOT ?2 RETURNING id
        """)
    static let list = SQL(
        "listing sessions",
        """
        SELECT \(SessionRow.columns), address, user_agent FROM sessions
        WHERE user = (SELECT seq FROM users WHERE id = ?1) ORDER BY created_at, id
        """)
    static let live = SQL(
        "loading sessions",
        """
        SELECT \(SessionRow.columns), sessions.user FROM sessions
        WHERE sessions.expires_at IS NULL OR sessions.expires_at > ?1
        """)
    static let owners = SQL(
        "loading users",
        """
        SELECT \(UserRow.columns) FROM (SELECT DISTINCT user FROM sessions) AS owners
        CROSS JOIN users ON users.seq = owners.user
        """)
    static let setSeen = SQL("noting a request", "UPDATE sessions SET seen_at = ?2 WHERE id = ?1")
    static let deleteExpired = SQL(
        "deleting expired sessions",
        """
        DELETE FROM sessions
        WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)
        """)
}
