public import Crypto

// What users change of their own accounts, once they have given their password again (`verify`).
extension Accounts {
    /// Sets a new password and ends every session of the user; credentials stay. Nil: it was changed, or the account
    /// disabled or deleted, since it was verified. Throws `RegistrationRefusal.password`.
    public func changePassword(
        of account: Account, to password: String, at now: Moment
    ) async throws -> Account? {
        if let refusal = policy.passwords.refusal(of: password, for: account.user.email) {
            throw RegistrationRefusal.password(refusal)
        }
        let hash = try await hash(password, from: .trusted)
        let user = try await endingSessions(
            of: stores.changePassword(
                account.user.id, hash: hash, from: account.user.credentialVersion, at: now.wall,
                noticing: policy.sendsMail))
        return user.map { Account(user: $0, passwordHash: hash) }
    }

    /// Notes that a user wants another address; a token will prove that it is theirs. It is returned, or nil where
    /// users get mail: then it is mailed to the new address, and a notice to the one so far.
    ///
    /// Whether somebody else has the address shows when the token is used. Throws `RegistrationRefusal.notAnAddress`.
    /// Of a user who is gone meanwhile nothing is noted.
    public func requestEmailChange(
        of user: UserID, to given: String, at now: Moment
    ) async throws -> SecretToken? {
        guard let email = EmailAddress(given) else { throw RegistrationRefusal.notAnAddress }
        let token = policy.sendsMail ? nil : SecretToken.random()
        _ = try await stores.insertEmailChange(
            to: email, of: user, token: token?.digest, at: now.wall,
            expiresAt: now.wall + policy.resetTokenLifetime)
        return token
    }

    /// Uses the token for another address.
    public func confirmEmailChange(
        of user: UserID, token text: String, at now: Moment
    ) async throws -> EmailChangeOutcome {
        guard let token = SecretToken(Array(text.utf8)[...]) else { return .unknown }
        let outcome = try await stores.redeemEmailChange(token.digest, of: user, at: now.wall)
        if case .changed(let user) = outcome { show(user) }
        return outcome
    }
}
