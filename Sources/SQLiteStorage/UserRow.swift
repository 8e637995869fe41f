import Auth

/// How a row of `users` becomes a `User`.
enum UserRow {
    /// The columns that `read` wants, in order.
    static let columns = """
        users.seq, users.id, users.email, users.first_name, users.last_name, users.is_administrator, \
        users.credential_version, users.created_at, users.updated_at, users.email_key, users.is_disabled
        """

    /// The number of `columns`, and so the index of what a query selects after them.
    static let width: Int32 = 11

    /// The place in the order of creation, by which the other tables refer to a user.
    static func sequence(_ row: SQLiteStatement) -> Int64 { row.integer(0) }

    static func read(_ row: SQLiteStatement) throws -> User {
        User(
            id: try row.userID(1), email: EmailAddress(stored: row.text(2), key: row.text(9)),
            firstName: row.optionalText(3),
            lastName: row.optionalText(4),
            createdAt: row.time(7),
            updatedAt: row.time(8),
            isAdministrator: row.integer(5) != 0, isDisabled: row.integer(10) != 0,
            credentialVersion: row.integer(6))
    }

    /// The user with an id (1), of a credential version (2), who is not disabled.
    static func unchanged(_ purpose: String) -> SQL {
        SQL(
            purpose,
            """
            SELECT \(columns) FROM users
            WHERE id = ?1 AND credential_version = ?2 AND is_disabled = 0
            """)
    }

    static func readAccount(_ row: SQLiteStatement) throws -> Account {
        Account(user: try read(row), passwordHash: row.text(width))
    }
}
