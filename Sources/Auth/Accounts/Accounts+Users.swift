extension Accounts {
    /// A user; nil: unknown.
    public func user(_ id: UserID) async throws -> User? {
        try await stores.account(id: id)?.user
    }

    /// A user by address; nil: unknown, or not an address.
    public func user(email given: String) async throws -> User? {
        guard let email = EmailAddress(given) else { return nil }
        return try await stores.account(email: email)?.user
    }

    /// Users in order of creation.
    public func users(after: UserID? = nil, limit: Int? = nil) async throws -> [User] {
        try await stores.users(after: after, limit: limit)
    }

    /// How many users there are.
    public func userCount() async throws -> Int {
        try await stores.userCount()
    }

    /// Changes names, where given. Nil: unknown user.
    public func rename(
        _ id: UserID, firstName: String?, lastName: String?, at now: Moment
    ) async throws -> User? {
        let user = try await stores.rename(id, firstName: firstName, lastName: lastName, at: now.wall)
        if let user { show(user) }
        return user
    }

    /// Makes a user administrator, or no longer. A change ends the user's sessions: who has other rights signs in anew
    /// and gets another token. Nil: unknown user.
    public func setAdministrator(
        _ id: UserID, _ isAdministrator: Bool, at now: Moment
    ) async throws -> User? {
        try await endingSessions(
            of: stores.setAdministrator(id, isAdministrator, at: now.wall))
    }

    /// Disables a user, which ends all sessions, or enables it again. Nil: unknown user.
    public func setDisabled(_ id: UserID, _ isDisabled: Bool, at now: Moment) async throws -> User? {
        try await endingSessions(of: stores.setDisabled(id, isDisabled, at: now.wall))
    }

    /// Ends what was proved before a change that the store has made; shows it in what is left.
    func endingSessions(of user: User?) -> User? {
        guard let user else { return nil }
        sessions.removeAll(of: user.id, provedBefore: user.credentialVersion)
        show(user)
        return user
    }

    /// The same, with every credential issued before.
    func endingCredentials(of user: User?) -> User? {
        if let user { credentials.removeAll(of: user.id, issuedBefore: user.credentialVersion) }
        return endingSessions(of: user)
    }

    /// Shows a change that the store has made, in whatever stands for the user.
    func show(_ user: User) {
        sessions.update(user)
        credentials.update(user)
        memory.passwords.forget(user.id)
    }

    /// Deletes a user with all sessions and credentials. False: unknown user.
    public func delete(_ id: UserID) async throws -> Bool {
        let existed = try await stores.delete(id)
        sessions.removeAll(of: id)
        credentials.removeAll(of: id)
        memory.passwords.forget(id)
        return existed
    }
}
