public import Auth
public import Crypto

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insertEmailChange(
        to email: EmailAddress, of user: UserID, token: Digest?, at time: WallTime, expiresAt: WallTime
    ) async throws -> Bool {
        try await writer.write { connection in
            let found = try connection.row(Statements.find, .user(user)) { row in
                (sequence: row.integer(0), email: row.text(1))
            }
            guard let found else { return false }
            try connection.run(
                Statements.insert, .integer(found.sequence), .text(email.text), .text(email.key),
                token.map(SQLiteValue.digest) ?? .null, .time(expiresAt))
            if token == nil {
                try Self.queue(
                    .emailConfirmation, of: found.sequence, to: email.text, at: time, on: connection)
                try Self.queue(.emailNotice, of: found.sequence, to: found.email, at: time, on: connection)
            }
            return true
        }
    }

    public func setEmailChangeToken(
        _ token: Digest, to email: EmailAddress, of user: UserID, expiresAt: WallTime
    ) async throws -> Bool {
        try await writer.write { connection in
            try connection.run(
                Statements.setToken, .user(user), .text(email.text), .digest(token), .time(expiresAt)) > 0
        }
    }

    public func redeemEmailChange(
        _ token: Digest, of user: UserID, at time: WallTime
    ) async throws -> EmailChangeOutcome {
        try await writer.write { connection in
            let change = try connection.row(
                Statements.redeem, .user(user), .digest(token), .time(time)
            ) { row in (sequence: row.integer(0), email: row.text(1), key: row.text(2)) }
            guard let change else { return .unknown }
            let changed = try connection.row(
                Statements.change, .integer(change.sequence), .text(change.email), .text(change.key),
                .time(time), read: UserRow.read)
            guard let changed else { return .taken }
            try Self.forgetMail(of: change.sequence, on: connection)
            try connection.run(Statements.deleteResetToken, .integer(change.sequence))
            return .changed(changed)
        }
    }
}

private enum Statements {
    static let find = SQL(
        "finding a user", "SELECT seq, email FROM users WHERE id = ?1 AND is_disabled = 0")
    static let insert = SQL(
        "inserting a wish for another address",
        "INSERT OR REPLACE INTO email_changes (user, email, email_key, id, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)"
    )
    static let setToken = SQL(
        "giving a wish for another address its token",
        """
        UPDATE email_changes SET id = ?3, expires_at = ?4
        WHERE user = (SELECT seq FROM users WHERE id = ?1) AND email = ?2
        """)
    static let redeem = SQL(
        "redeeming a wish for another address",
        """
        DELETE FROM email_changes
        WHERE user = (SELECT seq FROM users WHERE id = ?1) AND id = ?2 AND expires_at > ?3
        RETURNING user, email, email_key
        """)
    static let change = SQL(
        "changing an address",
        """
        UPDATE users SET email = ?2, email_key = ?3, updated_at = max(?4, updated_at + 1)
        WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM users WHERE email_key = ?3 AND seq <> ?1)
        RETURNING \(UserRow.columns)
        """)
    static let deleteResetToken = SQL(
        "deleting a user's reset tokens", "DELETE FROM reset_tokens WHERE user = ?1")
}
