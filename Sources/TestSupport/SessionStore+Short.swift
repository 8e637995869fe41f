public import Auth
public import Crypto
import Workers

/// The calls that tests make most, in short.
extension SessionStore {
    /// Stores a session beside all others of its user; false: refused.
    public func insert(_ session: SessionRecord) async throws -> Bool {
        try await insert(session, replacing: nil, mostPerUser: .max) != nil
    }

    /// Deletes one session.
    public func delete(_ id: SessionID) async throws {
        try await delete([id])
    }

    /// All sessions not expired at `time`, each with its user.
    public func liveSessions(at time: WallTime) async throws -> [(session: SessionRecord, user: User)] {
        let live = Monitor<[(session: SessionRecord, user: User)]>([])
        try await loadSessions(at: time) { session, user in live.withLock { $0.append((session, user)) } }
        return live.withLock { $0 }
    }
}

extension ResetTokenStore {
    /// Redeems a token without a notice.
    public func redeemResetToken(
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime
    ) async throws -> User? {
        try await redeemResetToken(token, for: user, passwordHash: passwordHash, at: time, noticing: false)
    }
}

extension CredentialStore {
    /// All credentials, each with its user.
    public func loadedCredentials() async throws -> [(stored: StoredCredential, user: User)] {
        let loaded = Monitor<[(stored: StoredCredential, user: User)]>([])
        try await loadCredentials { stored, user in loaded.withLock { $0.append((stored, user)) } }
        return loaded.withLock { $0 }
    }
}
