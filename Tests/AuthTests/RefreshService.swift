import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// A user who is signed in, with refresh tokens.
struct RefreshService: Sendable {
    /// What ends a session.
    enum End: CaseIterable {
        case signOut, others, password, disabled, role, deleted, lifetime
    }

    var base: TestAccounts
    var accounts: Accounts
    var clock: ManualClock
    let session: SessionID
    let user: UserID

    var store: HookedStore { base.store }

    init(
        durable: Bool = true, grace: Duration = .seconds(30), lifetime: Duration? = .seconds(43_200),
        idleTimeout: Duration? = nil
    ) async throws {
        var policy = AccountPolicy.sessions(durable: durable, lifetime: lifetime, idleTimeout: idleTimeout)
        policy.refreshGrace = grace
        base = try TestAccounts(policy)
        clock = base.clock
        accounts = base.accounts
        user = try await base.register("ada@example.org").id
        session = SessionID(try await base.signIn("ada@example.org"))
    }

    var isLive: Bool { accounts.sessions.peek(session, at: clock.now.steady) != nil }

    /// Chains on disk and in memory.
    var familyCount: Int {
        get async throws {
            let count = accounts.sessions.refreshing.withLock { $0.families.count }
            return try store.base.refreshFamilyCount + count
        }
    }

    /// What tokens are recognised by.
    var key: AuthenticationKey? { accounts.sessions.refreshing.withLock { $0.key } }

    func begin() async throws -> String {
        try #require(try await accounts.refreshTokens.begin(for: session, at: clock.now))
    }

    /// The token that takes the place of this one.
    func renew(_ token: String, of session: SessionID? = nil) async throws -> String {
        let outcome = try await accounts.refreshTokens.redeem(token, at: clock.now)
        guard case .renewed(let found, let next) = outcome else {
            Issue.record("not renewed: \(outcome)")
            throw CancellationError()
        }
        #expect(found.id == session ?? self.session)
        #expect(found.userID == user)
        return next
    }

    func expectUnknown(_ token: String, _ place: SourceLocation = #_sourceLocation) async throws {
        guard case .unknown = try await accounts.refreshTokens.redeem(token, at: clock.now) else {
            Issue.record("not unknown", sourceLocation: place)
            return
        }
    }

    func expectReplay(_ token: String, _ place: SourceLocation = #_sourceLocation) async throws {
        let outcome = try await accounts.refreshTokens.redeem(token, at: clock.now)
        guard case .replayed(session, user) = outcome else {
            Issue.record("no replay: \(outcome)", sourceLocation: place)
            return
        }
        #expect(!isLive, sourceLocation: place)
        let stored = try await store.base.sessions(of: user)
        #expect(!stored.contains { $0.id == session }, sourceLocation: place)
    }

    func end(_ end: End) async throws {
        switch end {
        case .signOut: _ = try await accounts.signOut(session)
        case .others: _ = try await accounts.endSessions(of: user)
        case .password: _ = try await accounts.setPassword(user, "another horse", at: clock.now)
        case .disabled: _ = try await accounts.setDisabled(user, true, at: clock.now)
        case .role: _ = try await accounts.setAdministrator(user, false, at: clock.now)
        case .deleted: _ = try await accounts.delete(user)
        case .lifetime:
            clock.advance(by: .seconds(43_200))
            _ = accounts.sweepSessions(at: clock.now)
            clock.advance(by: .milliseconds(1))
            try await accounts.deleteStaleRows()
            try await accounts.deleteExpiredSessions(before: clock.now.wall)
        }
    }

    /// An end without a farewell; so much later a start, of the machine too.
    mutating func restart(away: Duration = .zero, jump: Duration = .zero) async throws {
        clock.advance(by: away)
        clock.jumpWall(by: jump)
        clock = ManualClock(wall: clock.now.wall, steady: SteadyTime(milliseconds: 5))
        base = try TestAccounts(accounts.policy, store: store)
        accounts = base.accounts
        try await accounts.restoreSessions(at: clock.now)
    }

    /// What SIGHUP does.
    mutating func reload(grace: Duration) throws {
        var policy = accounts.policy
        policy.refreshGrace = grace
        accounts = try Accounts(
            stores: store, sessions: accounts.sessions, policy: policy, hashing: TestAccounts.cheap,
            hashers: base.hashers, sealing: TestAccounts.sealing)
    }
}
