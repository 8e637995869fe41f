public import Crypto
public import Workers

/// What can be done with accounts: the one place where stores, live sessions and hashing meet.
///
/// Order of every change: the disk first, then memory, then the answer. So what was acknowledged is on disk, and a
/// failure changes nothing. Functions throw only what means "cannot say" (`StoreFailure`, `WorkerPool.Overloaded`,
/// `CryptoFailure`), or a refusal that their comment names.
public final class Accounts: Sendable {
    let stores: any Stores
    let policy: AccountPolicy
    /// The live sessions of these accounts.
    public let sessions: SessionMap
    private let hashing: PasswordHashing
    private let hashers: WorkerPool
    /// What an unknown user's password is verified against, so that it costs the same work.
    private let placeholder: String

    /// Accounts on these stores; passwords are hashed by `hashers`.
    public init(
        stores: any Stores, sessions: SessionMap, policy: AccountPolicy, hashing: PasswordHashing,
        hashers: WorkerPool
    ) throws {
        self.stores = stores
        self.sessions = sessions
        self.policy = policy
        self.hashing = hashing
        self.hashers = hashers
        placeholder = try hashing.placeholderHash()
        sessions.setIdleTimeouts(policy.sessions.idle)
    }

    // MARK: Registration

    /// Why an account cannot be made. The text is for the client.
    public enum RegistrationRefusal: Error, Equatable {
        /// Not an email address.
        case notAnAddress
        /// There is an account with this address.
        case addressTaken
        /// The policy refuses the password, with its words.
        case password(String)
    }

    /// Makes an account. Throws `RegistrationRefusal` beside what means "cannot say".
    public func register(
        email given: String, password: String, firstName: String? = nil, lastName: String? = nil,
        at now: Moment
    ) async throws -> User {
        guard let email = EmailAddress(given) else { throw RegistrationRefusal.notAnAddress }
        // Hashing for a taken address would be work for nothing; the answer tells it anyway.
        guard try await stores.account(email: email) == nil else { throw RegistrationRefusal.addressTaken }
        if let refusal = policy.passwords.refusal(of: password) {
            throw RegistrationRefusal.password(refusal)
        }
        let account = NewAccount(
            id: .random(), email: email, firstName: firstName, lastName: lastName,
            passwordHash: try await hash(password), createdAt: now.wall,
            administratorIfFirst: policy.firstUserIsAdministrator)
        guard let user = try await stores.insert(account) else { throw RegistrationRefusal.addressTaken }
        return user
    }

    // MARK: Passwords

    /// Whose address and password these are. Known and unknown addresses cost the same work.
    public func check(
        email given: String, password: String, from source: SignInSource = SignInSource()
    ) async throws -> Verification {
        guard password.utf8.count <= PasswordPolicy.maximumLength else {
            return .refused(.init(.overlongPassword))
        }
        var account: Account?
        if let email = EmailAddress(given) { account = try await stores.account(email: email) }
        let expected = account?.passwordHash ?? placeholder
        let hashing = hashing
        let matches = try await hashers.run { try hashing.verify(password, against: expected) }
        guard let account else { return .refused(.init(.unknownAccount)) }
        guard matches else { return .refused(.init(.wrongPassword, account.user.id)) }
        guard !account.user.isDisabled else { return .refused(.init(.disabled, account.user.id)) }
        if hashing.needsRehash(account.passwordHash) { await renewHash(of: account, password) }
        return .account(account)
    }

    /// Hashes the same password under today's parameters; if it was changed meanwhile, nothing happens.
    private func renewHash(of account: Account, _ password: String) async {
        do {
            try await stores.rehash(
                account.user.id, hash: try await hash(password),
                credentialVersion: account.user.credentialVersion)
        } catch {
            // The password was right all the same, and the old hash still says so: the next sign-in tries again.
            return
        }
    }

    /// Whether an account with this address exists.
    public func exists(email given: String) async throws -> Bool {
        guard let email = EmailAddress(given) else { return false }
        return try await stores.account(email: email) != nil
    }

    /// Sets a password and ends every session of the user. Nil: unknown user. Throws `RegistrationRefusal.password`.
    public func setPassword(_ id: UserID, _ password: String, at now: Moment) async throws -> User? {
        if let refusal = policy.passwords.refusal(of: password) {
            throw RegistrationRefusal.password(refusal)
        }
        return try await endingSessions(
            of: stores.setPassword(id, hash: try await hash(password), at: now.wall))
    }

    func hash(_ password: String) async throws -> String {
        let hashing = hashing
        return try await hashers.run { try hashing.hash(password) }
    }
}
