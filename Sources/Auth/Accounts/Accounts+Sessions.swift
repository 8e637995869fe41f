public import Crypto

extension Accounts {
    /// Signs a verified user in: a new token, always. Nil: the password was changed, or the account deleted, since
    /// it was verified.
    ///
    /// The session becomes live first, while nobody knows its token; then the store, or a second look at the account,
    /// confirms what was verified. A change that is committed before the confirmation makes it fail; one that is
    /// committed after it finds the session in the map and ends it. So no session outlives its password.
    public func signIn(_ account: Account, at now: Moment) async throws -> SecretToken? {
        let token = SecretToken.random()
        let id = token.digest
        let user = account.user
        let lifetime = policy.sessions.lifetime
        sessions.insert(id, user: user, createdAt: now.wall, expiresAt: lifetime.map { now.steady + $0 })
        do {
            let record = SessionRecord(
                id: id, userID: user.id, createdAt: now.wall, expiresAt: lifetime.map { now.wall + $0 },
                credentialVersion: user.credentialVersion)
            guard try await confirm(record) else {
                sessions.remove(id)
                return nil
            }
        } catch {
            sessions.remove(id)
            throw error
        }
        return token
    }

    private func confirm(_ record: SessionRecord) async throws -> Bool {
        if policy.sessions.isDurable { return try await stores.insert(record) }
        let account = try await stores.account(id: record.userID)
        return account?.user.credentialVersion == record.credentialVersion
    }

    /// Ends a session. False: it had ended already.
    public func signOut(_ id: SessionID) async throws -> Bool {
        if policy.sessions.isDurable { try await stores.delete(id) }
        return sessions.remove(id)
    }

    /// Deletes what lies expired on disk; at most `limit` rows, so that nobody waits long. Returns how many.
    @discardableResult
    public func deleteExpiredSessions(at now: Moment, limit: Int = 1_000) async throws -> Int {
        guard policy.sessions.isDurable else { return 0 }
        return try await stores.deleteExpiredSessions(before: now.wall, limit: limit)
    }
}
