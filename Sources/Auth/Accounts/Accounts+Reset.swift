public import Crypto

extension Accounts {
    /// A token that lets its holder set a new password once; it replaces older ones. Nil: unknown address.
    public func makeResetToken(email given: String, at now: Moment) async throws -> (User, SecretToken)? {
        guard let user = try await user(email: given), !user.isDisabled else { return nil }
        let token = SecretToken.random()
        let isStored = try await stores.insertResetToken(
            token.digest, for: user.id, sentTo: user.email, expiresAt: now.wall + policy.resetTokenLifetime)
        return isStored ? (user, token) : nil
    }

    /// Uses a reset token: sets the password and ends every session and credential of the user. Nil: not a valid token
    /// of this address. Throws `RegistrationRefusal.password`; the token can be used again then.
    public func resetPassword(
        email given: String, token text: String, password: String,
        from source: SignInSource = SignInSource(), at now: Moment
    ) async throws -> User? {
        guard let token = SecretToken(Array(text.utf8)[...]) else { return nil }
        let found = try await user(email: given)
        // Also of nobody, so that the time does not tell who has an account.
        let isValid = try await stores.hasResetToken(
            token.digest, for: found?.id ?? .random(), at: now.wall)
        guard isValid, let user = found, !user.isDisabled else { return nil }
        if let refusal = policy.passwords.refusal(of: password, for: user.email) {
            throw RegistrationRefusal.password(refusal)
        }
        // Hashing takes long: whether the token is still unused is decided by the transaction that uses it up.
        return try await endingCredentials(
            of: stores.redeemResetToken(
                token.digest, for: user.id, passwordHash: try await hash(password, from: source),
                at: now.wall,
                noticing: policy.sendsMail))
    }
}
