import Crypto
import TestSupport
import Testing

@testable import Auth

/// Signing in and out, on disk and in memory only.
@Suite struct AccountsSessionsTests {
    @Test(arguments: [true, false])
    func aSignInIsLiveAndOnDiskIfItShallBe(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        #expect(service.isLive(token))
        let record = SessionRecord(
            id: SessionID(token), userID: user.id, createdAt: service.clock.now.wall,
            expiresAt: service.clock.now.wall + .seconds(43_200), seenAt: service.clock.now.wall,
            credentialVersion: 1)
        #expect(try await service.stored() == (durable ? [record] : []))
    }

    @Test func everySignInHasATokenOfItsOwn() async throws {
        let service = try TestAccounts(.sessions(durable: true))
        _ = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        var tokens: Set<Digest> = []
        for _ in 0..<50 {
            tokens.insert(
                try #require(try await service.accounts.signIn(account, at: service.clock.now)).token.digest)
        }
        #expect(tokens.count == 50)
        #expect(service.accounts.sessions.count == 50)
    }

    @Test func aSessionEndsWithItsLifetimeOnTheSteadyClockAlone() async throws {
        let service = try TestAccounts(.sessions(durable: true, lifetime: .seconds(60)))
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.clock.jumpWall(by: .seconds(86_400 * 365))
        #expect(service.isLive(token))
        service.clock.jumpWall(by: .seconds(-86_400 * 3_650))
        service.clock.advance(by: .milliseconds(59_999))
        #expect(service.isLive(token))
        service.clock.advance(by: .milliseconds(1))
        #expect(!service.isLive(token))
    }

    @Test func aSessionWithoutLifetimeNeverEnds() async throws {
        let service = try TestAccounts(.sessions(durable: true, lifetime: nil))
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.clock.advance(by: .seconds(86_400 * 36_500))
        #expect(service.isLive(token))
        #expect(try await service.stored().first?.expiresAt == nil)
    }

    @Test(arguments: [true, false])
    func aStoreThatFailsAtSignInLeavesNoSession(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        _ = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.signIn(account, at: service.clock.now)
        }
        #expect(service.accounts.sessions.count == 0)
        #expect(service.accounts.sessions.removeAll(of: account.user.id) == 0)
    }

    @Test func aStoreThatFailsOnlyAtTheInsertLeavesNoSession() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(.before(.insertSession)) { throw StoreFailure(code: 13, operation: "full") }
        await #expect(throws: StoreFailure(code: 13, operation: "full")) {
            try await service.accounts.signIn(account, at: service.clock.now)
        }
        #expect(service.accounts.sessions.count == 0)
        #expect(try await service.stored().isEmpty)
    }

    @Test(arguments: [true, false])
    func aSignInOfADeletedUserIsNone(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        #expect(try await service.accounts.delete(user.id))
        #expect(try await service.accounts.signIn(account, at: service.clock.now) == nil)
        #expect(service.accounts.sessions.count == 0)
        #expect(try await service.stored().isEmpty)
    }

    @Test(arguments: [true, false])
    func aSignOutEndsOneSessionOnce(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        _ = try await service.register("ada@example.org")
        let (token, other) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        #expect(try await service.accounts.signOut(SessionID(token)))
        #expect(!service.isLive(token))
        #expect(service.isLive(other))
        #expect(try await service.stored().map(\.id) == (durable ? [SessionID(other)] : []))
        #expect(try await !service.accounts.signOut(SessionID(token)))
    }

    @Test func aSignOutThatIsNotStoredIsNone() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.accounts.signOut(SessionID(token)) }
        #expect(service.isLive(token))
        service.store.base.failing = false
        #expect(try await service.accounts.signOut(SessionID(token)))
        #expect(!service.isLive(token))
    }

    @Test(arguments: [true, false])
    func deletingAUserEndsItsSessions(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        _ = try await service.register("bob@example.org")
        let (one, two) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        let bobs = try await service.signIn("bob@example.org")
        #expect(try await service.accounts.delete(user.id))
        #expect(!service.isLive(one))
        #expect(!service.isLive(two))
        #expect(service.isLive(bobs))
        #expect(try await !service.accounts.delete(user.id))
    }

    @Test func aChangeOfANameShowsInLiveSessions() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.clock.advance(by: .milliseconds(1))
        _ = try await service.accounts.rename(
            user.id, firstName: "Ada", lastName: nil, at: service.clock.now)
        #expect(try service.user(of: token).firstName == "Ada")
    }

    @Test(arguments: [true, false])
    func aChangeOfRightsEndsTheSessionsAndTheNextHasThem(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        _ = try await service.register("boss@example.org")
        let user = try await service.register("ada@example.org")
        for isAdministrator in [true, false] {
            let token = try await service.signIn("ada@example.org")
            _ = try await service.accounts.setAdministrator(
                user.id, isAdministrator, at: service.clock.now)
            #expect(!service.isLive(token))
            let next = try await service.signIn("ada@example.org")
            #expect(try service.user(of: next).isAdministrator == isAdministrator)
            // What changes nothing ends nothing.
            _ = try await service.accounts.setAdministrator(
                user.id, isAdministrator, at: service.clock.now)
            #expect(service.isLive(next))
        }
    }

    @Test(arguments: [true, false])
    func aDisabledUserIsOutAndStaysOutUntilItIsEnabled(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        let reset = try #require(
            try await service.accounts.makeResetToken(email: "ada@example.org", at: service.clock.now))
        #expect(
            try await service.accounts.setDisabled(user.id, true, at: service.clock.now)?.isDisabled == true)
        #expect(!service.isLive(token))
        #expect(try await service.stored().isEmpty)
        #expect(try await service.accounts.signIn(account, at: service.clock.now) == nil)
        let verified = try await service.accounts.verify(email: "ada@example.org", password: "correct horse")
        #expect(verified == nil)
        let made = try await service.accounts.makeResetToken(
            email: "ada@example.org", at: service.clock.now)
        #expect(made == nil)
        let changed = try await service.accounts.resetPassword(
            email: "ada@example.org", token: reset.1.text, password: "new password", at: service.clock.now)
        #expect(changed == nil)
        #expect(
            try await service.accounts.setDisabled(user.id, false, at: service.clock.now)?.isDisabled == false
        )
        #expect(!service.isLive(token))
        #expect(service.isLive(try await service.signIn("ada@example.org")))
        #expect(
            try await service.accounts.setDisabled(.random(), true, at: service.clock.now) == nil)
    }

    @Test func aChangeThatIsNotStoredDoesNotShow() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.clock.advance(by: .milliseconds(1))
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.rename(user.id, firstName: "x", lastName: nil, at: service.clock.now)
        }
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.setPassword(user.id, "new password", at: service.clock.now)
        }
        await #expect(throws: StoreFailure.self) { try await service.accounts.delete(user.id) }
        #expect(try service.user(of: token) == user)
    }

    @Test func expiredSessionsAreDeletedFromDisk() async throws {
        let service = try TestAccounts(.sessions(durable: true, lifetime: .seconds(60)))
        _ = try await service.register("ada@example.org")
        for _ in 0..<3 { _ = try await service.signIn("ada@example.org") }
        let end = service.clock.now.wall + .seconds(60)
        try await service.accounts.deleteExpiredSessions(before: end)
        #expect(try await service.stored().count == 3)
        try await service.accounts.deleteExpiredSessions(before: WallTime(milliseconds: end.milliseconds + 1))
        #expect(try await service.stored().isEmpty)
        #expect(service.accounts.sessions.count == 3)
    }
}
