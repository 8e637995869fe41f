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
        if let user { sessions.update(user) }
        return user
    }

    /// Makes a user administrator, or no longer; true on the next request. Nil: unknown user.
    public func setAdministrator(
        _ id: UserID, _ isAdministrator: Bool, at now: Moment
    ) async throws -> User? {
        let user = try await stores.setAdministrator(id, isAdministrator, at: now.wall)
        if let user { sessions.update(user) }
        return user
    }

    /// Deletes a user with all sessions. False: unknown user.
    public func delete(_ id: UserID) async throws -> Bool {
        let existed = try await stores.delete(id)
        sessions.removeAll(of: id)
        return existed
    }
}
