public import Crypto

/// What a sign-in says beside who it is.
public struct SignInTerms: Sendable {
    /// Whether the user asked to be remembered.
    public var isRemembered: Bool
    /// What the client is.
    public var client: SessionClient
    /// The live session that the same client showed: it ends with this sign-in.
    public var replacing: SessionID?

    /// The terms.
    public init(
        isRemembered: Bool = false, client: SessionClient = SessionClient(), replacing: SessionID? = nil
    ) {
        self.isRemembered = isRemembered
        self.client = client
        self.replacing = replacing
    }
}

/// A session that has just begun, with the token that only its client may see.
public struct IssuedSession: Sendable {
    /// For the client and nobody else.
    public let token: SecretToken
    /// Its name.
    public var id: SessionID { SessionID(token) }
    /// Who signed in.
    public let user: User
    /// How long the client shall keep the token; nil: until the browser closes.
    public let keepFor: Duration?
}

extension Accounts {
    /// Signs a verified user in: a new token, always. Nil: the password was changed, or the account deleted or
    /// disabled, since it was verified.
    ///
    /// The session becomes live first, while nobody knows its token; then the store confirms what was verified. A
    /// change that is committed before that makes it fail, or is seen by it (a role, a name); one that is committed
    /// after it finds the session in the map. So no session outlives its password, and none has rights that were
    /// taken away while the password was hashed.
    public func signIn(
        _ account: Account, _ terms: SignInTerms = SignInTerms(), at now: Moment
    ) async throws -> IssuedSession? {
        var account = account
        while true {
            if let issued = try await issue(account.user, terms, at: now) { return issued }
            // A role that was changed meanwhile ends what was proved before, but the password is still right.
            guard let current = try await stores.account(id: account.user.id), !current.user.isDisabled,
                current.passwordHash == account.passwordHash
            else { return nil }
            account = current
        }
    }

    private func issue(
        _ user: User, _ terms: SignInTerms, at now: Moment
    ) async throws -> IssuedSession? {
        let token = SecretToken.random()
        let id = SessionID(token)
        let lifetime = policy.sessions.lifetime(remembered: terms.isRemembered)
        sessions.insert(
            NewSession(
                id: id, user: user, createdAt: now.wall, authenticatedAt: now.steady,
                endsAt: lifetime.map { now.steady + $0 }, isRemembered: terms.isRemembered))
        do {
            let record = SessionRecord(
                id: id, userID: user.id, createdAt: now.wall, expiresAt: lifetime.map { now.wall + $0 },
                seenAt: now.wall, isRemembered: terms.isRemembered,
                credentialVersion: user.credentialVersion, client: terms.client)
            guard let (user, ended) = try await confirm(record, replacing: terms.replacing) else {
                sessions.withdraw(id)
                return nil
            }
            sessions.update(user)
            sessions.figures.noteCreated()
            for id in ended { sessions.remove(id) }
            // Not among those when its row was gone already.
            if let replaced = terms.replacing { sessions.remove(replaced) }
            return IssuedSession(token: token, user: user, keepFor: terms.isRemembered ? lifetime : nil)
        } catch {
            sessions.withdraw(id)
            throw error
        }
    }

    private func confirm(
        _ record: SessionRecord, replacing replaced: SessionID?
    ) async throws -> (user: User, ended: [SessionID])? {
        if policy.sessions.isDurable {
            return try await stores.insert(
                record, replacing: replaced, mostPerUser: policy.sessions.mostPerUser)
        }
        guard let user = try await stores.account(id: record.userID)?.user, !user.isDisabled,
            user.credentialVersion == record.credentialVersion
        else { return nil }
        let ids = sessions.ids(of: user.id).filter { $0 != replaced }
        // It ends older ones alone: of many at once each would end all the others.
        let older = ids.firstIndex(of: record.id) ?? 0
        return (user, Array(ids.prefix(max(0, min(older, ids.count - policy.sessions.mostPerUser)))))
    }

    /// Signs in a user for whom the operator vouches. Nil: unknown or disabled.
    public func signIn(
        vouchedFor id: UserID, _ terms: SignInTerms = SignInTerms(), at now: Moment
    ) async throws -> Session? {
        guard let account = try await stores.account(id: id), !account.user.isDisabled,
            let issued = try await signIn(account, terms, at: now)
        else { return nil }
        return sessions.peek(issued.id, at: now.steady)
    }

    /// Ends a session. False: it had ended already.
    public func signOut(_ id: SessionID) async throws -> Bool {
        if policy.sessions.isDurable { try await stores.delete([id]) }
        return sessions.remove(id)
    }

    // MARK: A user's sessions

    /// The live sessions of a user, oldest first, each with what is known of its client.
    public func sessions(
        of user: UserID, at now: Moment
    ) async throws -> [(session: Session, client: SessionClient)] {
        let known =
            policy.sessions.isDurable
            ? try await stores.sessions(of: user).map { ($0.id, $0.client) }
            : sessions.ids(of: user).map { ($0, SessionClient()) }
        return known.compactMap { id, client in
            sessions.peek(id, at: now.steady).map { ($0, client) }
        }
    }

    /// Ends a session if it is this user's. False: it has none of this name.
    public func endSession(_ id: SessionID, of user: UserID, at now: Moment) async throws -> Bool {
        guard let session = sessions.peek(id, at: now.steady), session.userID == user else { return false }
        return try await signOut(id)
    }

    /// Ends the sessions of a user, but for one, and returns how many there were.
    public func endSessions(of user: UserID, except kept: SessionID? = nil) async throws -> Int {
        let ended =
            policy.sessions.isDurable
            ? try await stores.deleteSessions(of: user, except: kept)
            : sessions.ids(of: user).filter { $0 != kept }
        return ended.count { sessions.remove($0) }
    }
}
