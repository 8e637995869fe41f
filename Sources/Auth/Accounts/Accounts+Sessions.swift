public import Crypto

extension Accounts {
    /// Signs a verified user in: a new token, always. Nil: the password was changed, or the account deleted, since
    /// it was verified.
    ///
    /// The session becomes live first, while nobody knows its token; then a second look at the account, and the store,
    /// confirm what was verified. A change that is committed before that makes it fail, or is seen by it (a role, a
    /// name); one that is committed after it finds the session in the map. So no session outlives its password, and
    /// none has rights that were taken away while the password was hashed.
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
        guard let account = try await stores.account(id: record.userID),
            account.user.credentialVersion == record.credentialVersion
        else { return false }
        sessions.update(account.user)
        return policy.sessions.isDurable ? try await stores.insert(record) : true
    }

    /// Ends a session. False: it had ended already.
    public func signOut(_ id: SessionID) async throws -> Bool {
        if policy.sessions.isDurable { try await stores.delete(id) }
        return sessions.remove(id)
    }

    /// Deletes at most `limit` sessions from the disk that expired before `time`. Returns how many.
    public func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int {
        guard policy.sessions.isDurable else { return 0 }
        return try await stores.deleteExpiredSessions(before: time, limit: limit)
    }
}
