public import Auth
public import Crypto

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func insertResetToken(
        _ token: Digest, for user: UserID, sentTo address: EmailAddress, expiresAt: WallTime
    ) async throws -> Bool {
        try await writer.write { connection in
            try connection.run(
                Statements.insert, .digest(token), .user(user), .time(expiresAt), .text(address.key)) > 0
        }
    }

    public func hasResetToken(_ token: Digest, for user: UserID, at time: WallTime) async throws -> Bool {
        try await readers.read { connection in
            try connection.row(Statements.find, .digest(token), .user(user), .time(time)) { _ in true }
                ?? false
        }
    }

    public func redeemResetToken(
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try await writer.write { connection in
            let used = try connection.run(Statements.redeem, .digest(token), .user(user), .time(time))
            guard used > 0 else { return nil }
            return try Self.setPassword(
                user, hash: passwordHash, at: time, noticing: noticing, endingCredentials: true,
                on: connection)
        }
    }
}

private enum Statements {
    static let insert = SQL(
        "inserting a reset token",
        """
        INSERT OR REPLACE INTO reset_tokens (user, id, expires_at)
        SELECT seq, ?1, ?3 FROM users WHERE id = ?2 AND email_key = ?4
        """)
    private static let condition =
        "user = (SELECT seq FROM users WHERE id = ?2) AND id = ?1 AND expires_at > ?3"
    static let find = SQL("finding a reset token", "SELECT 1 FROM reset_tokens WHERE \(condition)")
    static let redeem = SQL("redeeming a reset token", "DELETE FROM reset_tokens WHERE \(condition)")
}
