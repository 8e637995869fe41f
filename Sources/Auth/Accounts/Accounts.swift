public import Crypto
public import Workers

/// What can be done with accounts: the one place where stores, live sessions and hashing meet.
///
/// Order of every change: the disk first, then memory, then the answer. So what was acknowledged is on disk, and a
/// failure changes nothing. Functions throw only what means "cannot say" (`StoreFailure`, `WorkerPool.Overloaded`,
/// `NeverFits`, `CryptoFailure`), or a refusal that their comment names.
public final class Accounts: Sendable {
    let stores: any Stores
    let policy: AccountPolicy
    /// The live sessions of these accounts.
    public let sessions: SessionMap
    /// The API keys and app passwords of these accounts.
    public let credentials: CredentialMap
    /// How often passwords and other things may be tried.
    public let limits: RateLimits
    /// What device cookies are signed with.
    public let deviceKey: AuthenticationKey
    /// Under which secrets lie in the stores.
    public let sealing: SealingKey
    /// What schemes remember from one request to the next.
    public let memory: SchemeMemory
    let hashing: PasswordHashing
    private let hashers: HashGovernor
    /// What an unknown user's password is verified against, so that it costs the same work.
    private let placeholder: String

    /// Accounts on these stores; passwords are hashed by `hashers`.
    public init(
        stores: any Stores, sessions: SessionMap, policy: AccountPolicy, hashing: PasswordHashing,
        hashers: HashGovernor, limits: RateLimits = .off, deviceKey: AuthenticationKey = .random(),
        sealing: SealingKey = .random(), credentials: CredentialMap = CredentialMap(),
        memory: SchemeMemory = SchemeMemory()
    ) throws {
        self.credentials = credentials
        self.memory = memory
        self.limits = limits
        self.deviceKey = deviceKey
        self.sealing = sealing
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
        from source: SignInSource = SignInSource(), at now: Moment
    ) async throws -> User {
        guard let email = EmailAddress(given) else { throw RegistrationRefusal.notAnAddress }
        // Hashing for a taken address would be work for nothing; the answer tells it anyway.
        guard try await stores.account(email: email) == nil else { throw RegistrationRefusal.addressTaken }
        if let refusal = policy.passwords.refusal(of: password, for: email) {
            throw RegistrationRefusal.password(refusal)
        }
        let account = NewAccount(
            id: .random(), email: email, firstName: firstName, lastName: lastName,
            passwordHash: try await hash(password, from: source), createdAt: now.wall,
            administratorIfFirst: policy.firstUserIsAdministrator)
        guard let user = try await stores.insert(account) else { throw RegistrationRefusal.addressTaken }
        return user
    }

    // MARK: Passwords

    /// Whose address and password these are. Throws `TooManyTries` when the limits say so.
    public func check(
        email: String, password: String, from source: SignInSource = SignInSource()
    ) async throws -> Verification {
        let source = try await confirmed(source, for: email)
        let outcome = try await limits.verifying(email, from: source, failsIf: \.isRefused) {
            try await matching(email: email, password: password, from: source)
        }
        if case .account(let account) = outcome { limits.remember(account.user, at: source.address) }
        return outcome
    }

    /// Known and unknown addresses cost the same work.
    private func matching(
        email given: String, password: String, from source: SignInSource
    ) async throws -> Verification {
        guard password.utf8.count <= PasswordPolicy.maximumLength else {
            return .refused(.init(.overlongPassword))
        }
        var account: Account?
        if let email = EmailAddress(given) { account = try await stores.account(email: email) }
        let expected = account?.passwordHash ?? placeholder
        let hashing = hashing
        let forms = PasswordForms(password).all
        // What is not in normal form already may cost twice, whether the address is known or not.
        let form = try await hashers.run(
            source.place, memory: hashing.memoryKiB(toVerify: expected)
        ) { try forms.firstIndex { try hashing.verify($0, against: expected) } }
        guard let account else { return .refused(.init(.unknownAccount)) }
        guard let form else { return .refused(.init(.wrongPassword, account.user.id)) }
        guard !account.user.isDisabled else { return .refused(.init(.disabled, account.user.id)) }
        guard form > 0 || hashing.needsRehash(account.passwordHash) else { return .account(account) }
        return .account(await renewHash(of: account, password, from: source))
    }

    /// Hashes the same password in normal form under today's parameters; if it was changed meanwhile, nothing happens.
    ///
    /// - Returns: The account as it is stored now, if what was verified still holds.
    private func renewHash(
        of account: Account, _ password: String, from source: SignInSource
    ) async -> Account {
        // Whoever knows the password is no flood.
        let source = SignInSource(address: source.address, isKnownDevice: true)
        do {
            try await stores.rehash(
                account.user.id, hash: try await hash(password, from: source),
                credentialVersion: account.user.credentialVersion)
            let renewed = try await stores.account(id: account.user.id)
            return renewed?.user.credentialVersion == account.user.credentialVersion
                ? renewed ?? account : account
        } catch {
            // The password was right all the same, and the old hash still says so: the next sign-in tries again.
            return account
        }
    }

    /// Whether an account with this address exists.
    public func exists(email given: String) async throws -> Bool {
        guard let email = EmailAddress(given) else { return false }
        return try await stores.account(email: email) != nil
    }

    /// Sets a password and ends every session and credential of the user. Nil: unknown user. Throws
    /// `RegistrationRefusal.password`.
    public func setPassword(
        _ id: UserID, _ password: String, from source: SignInSource = .trusted, at now: Moment
    ) async throws -> User? {
        guard let email = try await user(id)?.email else { return nil }
        if let refusal = policy.passwords.refusal(of: password, for: email) {
            throw RegistrationRefusal.password(refusal)
        }
        return try await endingCredentials(
            of: stores.setPassword(id, hash: try await hash(password, from: source), at: now.wall))
    }

    /// KiB that the hashes of one moment may take.
    var memoryForHashes: Int { hashers.limits.memory }

    func hash(_ password: String, from source: SignInSource) async throws -> String {
        let hashing = hashing
        let password = PasswordForms(password).normalized
        return try await hashers.run(source.place, memory: hashing.memoryKiB) { try hashing.hash(password) }
    }
}
