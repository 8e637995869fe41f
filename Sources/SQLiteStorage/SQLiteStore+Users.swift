public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insert(_ account: NewAccount) async throws -> User? {
        try await writer.write { connection in try Self.insert(account, on: connection) }
    }

    public func insert(_ accounts: [NewAccount]) async throws -> [User?] {
        try await writer.write { connection in try accounts.map { try Self.insert($0, on: connection) } }
    }

    private static func insert(_ account: NewAccount, on connection: SQLiteConnection) throws -> User? {
        try connection.row(
            Statements.insert, .user(account.id), .text(account.email.text), .text(account.email.key),
            .optional(account.firstName), .optional(account.lastName), .text(account.passwordHash),
            .bool(account.administratorIfFirst), .time(account.createdAt), .bool(account.isAdministrator),
            read: UserRow.read)
    }

    public func account(email: EmailAddress) async throws -> Account? {
        try await readers.read { connection in
            try connection.row(Statements.findByEmail, .text(email.key), read: UserRow.readAccount)
        }
    }

    public func account(id: UserID) async throws -> Account? {
        try await readers.read { connection in
            try connection.row(Statements.findByID, .user(id), read: UserRow.readAccount)
        }
    }

    public func users(after: UserID?, limit: Int?) async throws -> [User] {
        // SQLite reads a negative limit as none.
        let limit = limit.map { Int64(max($0, 0)) } ?? -1
        return try await readers.read { connection in
            guard let after else {
                return try connection.rows(Statements.list, .integer(limit), read: UserRow.read)
            }
            return try connection.rows(
                Statements.listAfter, .user(after), .integer(limit), read: UserRow.read)
        }
    }

    public func userCount() async throws -> Int {
        try await readers.read { connection in
            Int(try connection.row(Statements.count) { $0.integer(0) } ?? 0)
        }
    }

    public func rename(
        _ id: UserID, firstName: String?, lastName: String?, at time: WallTime
    ) async throws -> User? {
        try await writer.write { connection in
            try connection.row(
                Statements.rename, .user(id), .optional(firstName), .optional(lastName), .time(time),
                read: UserRow.read)
        }
    }

    public func setPassword(_ id: UserID, hash: String, at time: WallTime) async throws -> User? {
        try await writer.write { connection in
            try Self.setPassword(
                id, hash: hash, at: time, noticing: false, endingCredentials: true, on: connection)
        }
    }

    public func changePassword(
        _ id: UserID, hash: String, from credentialVersion: Int64, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try await writer.write { connection in
            let isCurrent = try connection.row(
                Statements.isCurrent, .user(id), .integer(credentialVersion)
            ) { _ in true }
            guard isCurrent ?? false else { return nil }
            return try Self.setPassword(
                id, hash: hash, at: time, noticing: noticing, endingCredentials: false, on: connection)
        }
    }

    public func rehash(_ id: UserID, hash: String, credentialVersion: Int64) async throws {
        _ = try await writer.write { connection in
            try connection.run(Statements.rehash, .user(id), .text(hash), .integer(credentialVersion))
        }
    }

    public func setAdministrator(
        _ id: UserID, _ isAdministrator: Bool, at time: WallTime
    ) async throws -> User? {
        try await writer.write { connection in
            try Self.change(Statements.setAdministrator, id, isAdministrator, at: time, on: connection)?.user
        }
    }

    public func setDisabled(_ id: UserID, _ isDisabled: Bool, at time: WallTime) async throws -> User? {
        try await writer.write { connection in
            guard
                let changed = try Self.change(
                    Statements.setDisabled, id, isDisabled, at: time, on: connection)
            else { return nil }
            if isDisabled {
                try connection.run(Statements.deleteResetTokens, .integer(changed.sequence))
                try Self.forgetMail(of: changed.sequence, on: connection)
            }
            return changed.user
        }
    }

    /// Changes a right and, if it was another before, deletes the user's sessions.
    private static func change(
        _ statement: SQL, _ id: UserID, _ flag: Bool, at time: WallTime, on connection: SQLiteConnection
    ) throws -> (sequence: Int64, user: User)? {
        let changed = try connection.row(statement, .user(id), .bool(flag), .time(time)) { row in
            (sequence: UserRow.sequence(row), user: try UserRow.read(row))
        }
        if let changed {
            try connection.run(Statements.deleteSessions, .integer(changed.sequence))
            return changed
        }
        return try connection.row(Statements.findByID, .user(id)) { row in
            (sequence: UserRow.sequence(row), user: try UserRow.read(row))
        }
    }

    public func delete(_ id: UserID) async throws -> Bool {
        try await writer.write { connection in try connection.run(Statements.delete, .user(id)) > 0 }
    }

    /// What a new password entails, within the transaction of the caller.
    static func setPassword(
        _ id: UserID, hash: String, at time: WallTime, noticing: Bool, endingCredentials: Bool,
        on connection: SQLiteConnection
    ) throws -> User? {
        let changed = try connection.row(Statements.setPassword, .user(id), .text(hash), .time(time)) { row in
            (sequence: UserRow.sequence(row), user: try UserRow.read(row))
        }
        guard let changed else { return nil }
        try connection.run(Statements.deleteSessions, .integer(changed.sequence))
        try connection.run(Statements.deleteResetTokens, .integer(changed.sequence))
        try Self.forgetMail(of: changed.sequence, on: connection)
        if endingCredentials { try connection.run(Statements.deleteCredentials, .integer(changed.sequence)) }
        if noticing {
            try Self.queue(.passwordNotice, of: changed.sequence, at: time, on: connection)
        }
        return changed.user
    }
}

private enum Statements {
    /// `sqlite_sequence` has a row as soon as the table ever had one.
    static let insert = SQL(
        "inserting a user",
        """
        INSERT INTO users (id, email, email_key, first_name, last_name, password_hash, is_administrator,
            credential_version, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6,
            ?9 OR (?7 AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'users')), 1, ?8, ?8)
        ON CONFLICT (email_key) DO NOTHING
        RETURNING \(UserRow.columns)
        """)
    static let findByEmail = SQL(
        "finding a user by address",
        "SELECT \(UserRow.columns), users.password_hash FROM users WHERE email_key = ?1")
    static let findByID = SQL(
        "finding a user", "SELECT \(UserRow.columns), users.password_hash FROM users WHERE id = ?1")
    static let list = SQL("listing users", "SELECT \(UserRow.columns) FROM users ORDER BY seq LIMIT ?1")
    static let listAfter = SQL(
        "listing users",
        """
        SELECT \(UserRow.columns) FROM users WHERE seq > (SELECT seq FROM users WHERE id = ?1)
        ORDER BY seq LIMIT ?2
        """)
    static let count = SQL("counting users", "SELECT count(*) FROM users")
    static let rename = SQL(
        "renaming a user",
        """
        UPDATE users SET first_name = coalesce(?2, first_name), last_name = coalesce(?3, last_name),
            updated_at = max(?4, updated_at + 1)
        WHERE id = ?1 RETURNING \(UserRow.columns)
        """)
    static let setPassword = SQL(
        "setting a password",
        """
        UPDATE users SET password_hash = ?2, credential_version = credential_version + 1,
            updated_at = max(?3, updated_at + 1)
        WHERE id = ?1 RETURNING \(UserRow.columns)
        """)
    static let isCurrent = SQL(
        "checking a password's version",
        "SELECT 1 FROM users WHERE id = ?1 AND credential_version = ?2 AND is_disabled = 0")
    static let deleteSessions = SQL("deleting a user's sessions", "DELETE FROM sessions WHERE user = ?1")
    static let deleteCredentials = SQL(
        "deleting a user's credentials", "DELETE FROM credentials WHERE user = ?1")
    static let deleteResetTokens = SQL(
        "deleting a user's reset tokens", "DELETE FROM reset_tokens WHERE user = ?1")
    static let rehash = SQL(
        "replacing a password hash",
        "UPDATE users SET password_hash = ?2 WHERE id = ?1 AND credential_version = ?3")
    static let setAdministrator = SQL(
        "changing an administrator",
        """
        UPDATE users SET is_administrator = ?2, credential_version = credential_version + 1,
            updated_at = max(?3, updated_at + 1)
        WHERE id = ?1 AND is_administrator != ?2 RETURNING \(UserRow.columns)
        """)
    static let setDisabled = SQL(
        "disabling a user",
        """
        UPDATE users SET is_disabled = ?2, credential_version = credential_version + 1,
            updated_at = max(?3, updated_at + 1)
        WHERE id = ?1 AND is_disabled != ?2 RETURNING \(UserRow.columns)
        """)
    static let delete = SQL("deleting a user", "DELETE FROM users WHERE id = ?1")
}
