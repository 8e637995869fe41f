import Auth
import Crypto
import TestSupport
import Testing

@testable import Auth

/// A restart: new accounts on the old stores, with clocks that went their own ways meanwhile.
@Suite struct AccountsRestoreTests {
    private let policy: AccountPolicy
    private let before: TestAccounts
    private let token: SecretToken

    /// One session of a minute.
    init() async throws {
        policy = .sessions(durable: true, lifetime: .seconds(60))
        before = try TestAccounts(policy)
        _ = try await before.register("ada@example.org")
        token = try await before.signIn("ada@example.org")
    }

    /// Accounts after a restart at which the wall clock has moved by `wall` since the sign-in. The machine started
    /// anew, too: its steady clock shows less than before.
    private func restarted(
        after wall: Duration, _ policy: AccountPolicy? = nil
    ) async throws -> (accounts: Accounts, start: SteadyTime) {
        let start = SteadyTime(milliseconds: 5)
        let after = try TestAccounts(policy ?? self.policy, store: before.store)
        try await after.accounts.restoreSessions(
            at: Moment(wall: before.clock.now.wall + wall, steady: start))
        return (after.accounts, start)
    }

    private func lives(_ service: (accounts: Accounts, start: SteadyTime), after span: Duration) -> Bool {
        service.accounts.sessions.peek(SessionID(token), at: service.start + span) != nil
    }

    @Test func aSessionHasWhatWasLeftOfItsLife() async throws {
        let after = try await restarted(after: .seconds(20))
        #expect(after.accounts.sessions.count == 1)
        #expect(lives(after, after: .zero))
        #expect(lives(after, after: .milliseconds(39_999)))
        #expect(!lives(after, after: .milliseconds(40_000)))
    }

    @Test func aSessionThatEndedMeanwhileStaysEnded() async throws {
        #expect(lives(try await restarted(after: .milliseconds(59_999)), after: .zero))
        #expect(try await restarted(after: .seconds(60)).accounts.sessions.count == 0)
    }

    @Test func aClockThatWasSetBackMakesNoSessionOlderThanItMayGet() async throws {
        let after = try await restarted(after: .seconds(-86_400 * 365))
        #expect(lives(after, after: .milliseconds(59_999)))
        #expect(!lives(after, after: .seconds(60)))
    }

    @Test func aClockThatWasSetForwardLosesNoRow() async throws {
        let mistaken = try await restarted(after: .seconds(86_400 * 365))
        #expect(mistaken.accounts.sessions.count == 0)
        #expect(lives(try await restarted(after: .seconds(30)), after: .milliseconds(29_999)))
    }

    @Test func aSessionWithoutEndIsRestoredWithoutEnd() async throws {
        let forever = AccountPolicy.sessions(durable: true, lifetime: nil)
        let service = try TestAccounts(forever, store: before.store)
        let token = try await service.signIn("ada@example.org")
        let after = try await restarted(after: .seconds(86_400), forever)
        #expect(after.accounts.sessions.peek(SessionID(token), at: SteadyTime(milliseconds: .max - 1)) != nil)
    }

    @Test func whatIdledOutMeanwhileIsNotLoadedAndItsRowGoes() async throws {
        let idle = AccountPolicy.sessions(
            durable: true, lifetime: .seconds(86_400), idleTimeout: .seconds(800))
        let service = try TestAccounts(idle, store: before.store)
        let token = try await service.signIn("ada@example.org")
        // 800 s and the doubt: an eighth of it.
        let last = try await restarted(after: .milliseconds(899_999), idle)
        #expect(last.accounts.sessions.peek(SessionID(token), at: last.start) != nil)
        #expect(last.accounts.sessions.peek(SessionID(token), at: last.start + .milliseconds(1)) == nil)
        let late = try await restarted(after: .seconds(900), idle)
        #expect(late.accounts.sessions.count == 0)
        #expect(late.accounts.sessions.ids(of: try await service.account("ada@example.org").user.id) == [])
        let rows = try await service.stored().count
        try await late.accounts.deleteStaleRows()
        #expect(try await service.stored().count == rows - 1)
    }

    /// A session that began without an end, or with a later one, must not keep it for ever.
    @Test(arguments: [nil, 86_400]) func aShorterLifetimeHoldsForThoseThatAreThere(lifetime: Int?)
        async throws
    {
        let service = try TestAccounts(
            .sessions(durable: true, lifetime: lifetime.map { .seconds($0) }), store: before.store)
        let token = try await service.signIn("ada@example.org")
        let after = try await restarted(after: .seconds(20))
        #expect(
            after.accounts.sessions.peek(SessionID(token), at: after.start + .milliseconds(39_999)) != nil)
        #expect(after.accounts.sessions.peek(SessionID(token), at: after.start + .seconds(40)) == nil)
        let late = try await restarted(after: .seconds(60))
        #expect(late.accounts.sessions.count == 0)
        try await late.accounts.deleteStaleRows()
        #expect(try await service.stored().map(\.id) == [SessionID(self.token)])
    }

    @Test(arguments: [nil, 86_400]) func aLongerLifetimeProlongsNone(lifetime: Int?) async throws {
        let longer = AccountPolicy.sessions(durable: true, lifetime: lifetime.map { .seconds($0) })
        let after = try await restarted(after: .seconds(20), longer)
        #expect(lives(after, after: .milliseconds(39_999)))
        #expect(!lives(after, after: .seconds(40)))
    }

    @Test func nothingIsRestoredInMemoryMode() async throws {
        let after = try await restarted(after: .zero, .sessions(durable: false))
        #expect(after.accounts.sessions.count == 0)
    }

    @Test func aRestoredSessionIsSignedOutAndEndsWithThePassword() async throws {
        let second = try await before.signIn("ada@example.org")
        let after = try await restarted(after: .zero)
        #expect(after.accounts.sessions.count == 2)
        #expect(try await after.accounts.signOut(SessionID(token)))
        let id = try await before.account("ada@example.org").user.id
        let now = before.clock.now
        #expect(try await after.accounts.setPassword(id, "new password", at: now) != nil)
        #expect(after.accounts.sessions.peek(SessionID(second), at: after.start) == nil)
        #expect(after.accounts.sessions.count == 0)
    }

    @Test func aStoreThatFailsKeepsTheServerFromStarting() async throws {
        before.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await restarted(after: .zero) }
    }
}
