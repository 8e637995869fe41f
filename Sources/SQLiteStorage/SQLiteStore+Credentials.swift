public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insert(
        _ stored: StoredCredential, credentialVersion: Int64, mostPerUser: Int
    ) async throws -> CredentialInsertion {
        let credential = stored.credential
        return try await writer.write { connection in
            let found = try connection.row(
                Statements.findUser, .user(credential.userID), .integer(credentialVersion)
            ) { row in (sequence: UserRow.sequence(row), user: try UserRow.read(row)) }
            guard let found else { return .outdated }
            let (user, kind) = (
                SQLiteValue.integer(found.sequence), SQLiteValue.integer(credential.kind.rawValue)
            )
            func count() throws -> Int64 {
                try connection.row(Statements.count, user, kind) { $0.integer(0) } ?? 0
            }
            var ended: [CredentialID] = []
            if try count() >= Int64(mostPerUser) {
                ended = try connection.rows(
                    Statements.deleteExpired, user, kind, .time(credential.createdAt)
                ) { try $0.credentialID(0) }
                guard try count() < Int64(mostPerUser) else { return .tooMany }
            }
            try connection.run(
                Statements.insert, .credential(credential.id), user, kind, .text(credential.name),
                .time(credential.createdAt), .time(credential.expiresAt), .time(credential.lastUsedAt),
                .bool(credential.isReadOnly), .blob(stored.secret))
            return .stored(found.user, ended: ended)
        }
    }

    public func deleteCredential(
        _ id: CredentialID, _ kind: Credential.Kind, of user: UserID
    ) async throws -> Bool {
        try await writer.write { connection in
            try connection.run(
                Statements.delete, .credential(id), .user(user), .integer(kind.rawValue)) > 0
        }
    }

    public func deleteCredentials(_ kind: Credential.Kind, of user: UserID) async throws -> [CredentialID] {
        try await writer.write { connection in
            try connection.rows(Statements.deleteAll, .user(user), .integer(kind.rawValue)) { row in
                try row.credentialID(0)
            }
        }
    }

    public func loadCredentials(
        _ body: @escaping @Sendable (StoredCredential, User) -> Void
    ) async throws {
        try readers.readHere { connection in
            try connection.forEach(Statements.list) { row in
                let user = try UserRow.read(row)
                body(try CredentialRow.read(row, of: user.id), user)
            }
        }
    }

    public func setUsed(_ times: [(id: CredentialID, at: WallTime)]) async throws {
        try await writer.write { connection in
            for (id, time) in times {
                try connection.run(Statements.setUsed, .credential(id), .time(time))
            }
        }
    }
}

/// How a row of `credentials` becomes a `StoredCredential`.
private enum CredentialRow {
    /// The columns that `read` wants, after those of the user.
    static let columns = """
        credentials.id, credentials.kind, credentials.name, credentials.created_at, credentials.expires_at, \
        credentials.used_at, credentials.is_read_only, credentials.secret
        """

    static func read(_ row: SQLiteStatement, of user: UserID) throws -> StoredCredential {
        let first = UserRow.width
        guard let kind = Credential.Kind(rawValue: row.integer(first + 1)) else { throw row.corrupt }
        func time(_ column: Int32) -> WallTime? { row.isNull(column) ? nil : row.time(column) }
        return StoredCredential(
            credential: Credential(
                id: try row.credentialID(first), kind: kind, userID: user, name: row.text(first + 2),
                createdAt: row.time(first + 3), expiresAt: time(first + 4), lastUsedAt: time(first + 5),
                isReadOnly: row.integer(first + 6) != 0),
            secret: row.octets(first + 7))
    }
}

private enum Statements {
    static let findUser = UserRow.unchanged("finding the user of a credential")
    static let count = SQL(
        "counting credentials", "SELECT count(*) FROM credentials WHERE user = ?1 AND kind = ?2")
    static let deleteExpired = SQL(
        "deleting expired credentials",
        "DELETE FROM credentials WHERE user = ?1 AND kind = ?2 AND expires_at <= ?3 RETURNING id")
    static let insert = SQL(
        "inserting a credential",
        """
        INSERT INTO credentials (id, user, kind, name, created_at, expires_at, used_at, is_read_only, secret)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """)
    static let delete = SQL(
        "deleting a credential",
        """
        DELETE FROM credentials
        WHERE id = ?1 AND user = (SELECT seq FROM users WHERE id = ?2) AND kind = ?3
        """)
    static let deleteAll = SQL(
        "deleting a user's credentials",
        """
        DELETE FROM credentials
        WHERE user = (SELECT seq FROM users WHERE id = ?1) AND kind = ?2 RETURNING id
        """)
    static let list = SQL(
        "loading credentials",
        """
        SELECT \(UserRow.columns), \(CredentialRow.columns)
        FROM credentials JOIN users ON users.seq = credentials.user ORDER BY credentials.seq
        """)
    static let setUsed = SQL(
        "noting the use of a credential", "UPDATE credentials SET used_at = ?2 WHERE id = ?1")
}
