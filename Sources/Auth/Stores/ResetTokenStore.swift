public import Crypto

/// Durable password-reset tokens, by their hash. Each call is one transaction and returns after its commit.
public protocol ResetTokenStore: Sendable {
    /// Stores a token for a user; it replaces every older one of that user. False: unknown user, or one with another
    /// address by now; nothing was changed.
    func insertResetToken(
        _ token: Digest, for user: UserID, sentTo address: EmailAddress, expiresAt: WallTime
    ) async throws -> Bool
    /// Whether this token of this user exists and has not expired at `time`. Changes nothing.
    func hasResetToken(_ token: Digest, for user: UserID, at time: WallTime) async throws -> Bool
    /// Uses a token up and does what `UserStore.setPassword` does, all in one transaction: of parallel calls with
    /// one token exactly one gets the user. Nil: no such token of this user, or expired; nothing was changed. With
    /// `noticing` a mail about it is queued.
    func redeemResetToken(
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime, noticing: Bool
    ) async throws -> User?
}
