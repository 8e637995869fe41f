import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// Accounts on stores in memory, with hashes that cost next to nothing.
struct TestAccounts {
    let clock = ManualClock()
    let store: HookedStore
    let hashers: HashGovernor
    let accounts: Accounts

    /// One for all, as over a restart.
    static let sealing = SealingKey.random()
    static let cheap = PasswordHashing(memoryKiB: 8, iterations: 1)

    init(
        _ policy: AccountPolicy = AccountPolicy(), store: HookedStore = HookedStore(),
        hashing: PasswordHashing = cheap, hashers: HashGovernor? = nil, limits: RateLimitPolicy? = nil
    ) throws {
        self.store = store
        self.hashers = hashers ?? HashGovernor.plain(threads: 2, capacity: 1_000)
        accounts = try Accounts(
            stores: store, sessions: SessionMap(render: UserRendering.none), policy: policy,
            hashing: hashing, hashers: self.hashers,
            limits: RateLimits(limits, counters: RateCounters(buckets: 512)) { [clock] in clock.now.steady },
            sealing: Self.sealing)
    }

    func register(_ email: String, _ password: String = "correct horse") async throws -> User {
        try await accounts.register(email: email, password: password, at: clock.now)
    }

    func account(_ email: String) async throws -> Account {
        let address = try #require(EmailAddress(email))
        return try #require(try await store.base.account(email: address))
    }

    /// A token of the user's, by the whole way.
    func signIn(
        _ email: String, _ password: String = "correct horse", _ terms: SignInTerms = SignInTerms()
    ) async throws -> SecretToken {
        let account = try #require(try await accounts.verify(email: email, password: password))
        return try #require(try await accounts.signIn(account, terms, at: clock.now)).token
    }

    func isLive(_ token: SecretToken) -> Bool {
        accounts.sessions.peek(SessionID(token), at: clock.now.steady) != nil
    }

    /// Whose session this is, as its next request would see it.
    func user(of token: SecretToken) throws -> User {
        let session = try #require(accounts.sessions.find(SessionID(token), at: clock.now.steady))
        return session.user.current(UserRendering.none).user
    }

    /// The sessions on disk.
    func stored() async throws -> [SessionRecord] {
        try await store.base.liveSessions(at: clock.now.wall).map(\.session)
    }
}

extension Accounts {
    /// What the server does every `interval`, or at its end.
    func saveSeen(every interval: Duration?, at now: Moment) async throws {
        try await save(takeUnsaved(every: interval), at: now)
    }
}

extension AccountPolicy {
    /// Sessions in memory only, or on disk too.
    static func sessions(
        durable: Bool, lifetime: Duration? = .seconds(43_200), idleTimeout: Duration? = nil,
        mostPerUser: Int = 1_000
    ) -> AccountPolicy {
        var policy = AccountPolicy()
        policy.sessions = SessionPolicy(
            lifetime: lifetime, idleTimeout: idleTimeout, isDurable: durable, mostPerUser: mostPerUser)
        return policy
    }
}

extension UserRendering {
    /// For tests that do not look at it.
    static let none: SessionMap.Rendering = { _ in UserRendering(user: [], profile: []) }
}

extension User {
    /// Somebody.
    static func ada(
        id: UserID = .random(), firstName: String? = nil, updatedAt: Int64 = 0,
        isAdministrator: Bool = false, credentialVersion: Int64 = 1
    ) -> User {
        guard let email = EmailAddress("ada@example.org") else { preconditionFailure("an address") }
        return User(
            id: id, email: email, firstName: firstName, createdAt: WallTime(milliseconds: 0),
            updatedAt: WallTime(milliseconds: updatedAt), isAdministrator: isAdministrator,
            credentialVersion: credentialVersion)
    }
}
