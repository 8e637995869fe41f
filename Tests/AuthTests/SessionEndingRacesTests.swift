import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// Sign-ins beside changes of rights and beside "end all my sessions".
@Suite struct SessionEndingRacesTests {
    private static let middles: [HookedStore.Place] = [.before(.insertSession), .after(.insertSession)]

    private func expectMapAndDiskAgree(_ service: TestAccounts) async throws {
        let stored = try await service.stored().map(\.id)
        #expect(service.accounts.sessions.count == stored.count)
        let now = service.clock.now.steady
        #expect(stored.allSatisfy { service.accounts.sessions.peek($0, at: now) != nil })
    }

    @Test func aSignInBeginsAgainAsOftenAsTheRoleChanges() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        let changes = Monitor(5)
        service.store.atEachPlace { [store = service.store] place in
            guard place == .before(.insertSession) else { return }
            let left = changes.withLock { count in
                count -= 1
                return count
            }
            guard left >= 0 else { return }
            let isAdministrator = left.isMultiple(of: 2)
            _ = try await store.base.setAdministrator(user.id, !isAdministrator, at: account.user.updatedAt)
        }
        let issued = try #require(try await service.accounts.signIn(account, at: service.clock.now))
        #expect(issued.user.credentialVersion == account.user.credentialVersion + 5)
        #expect(service.isLive(issued.token))
        #expect(try service.user(of: issued.token).isAdministrator == issued.user.isAdministrator)
        try await expectMapAndDiskAgree(service)
    }

    @Test func aStoreThatFailsAtTheSecondTryLeavesNoSession() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(.before(.insertSession)) { [store = service.store] in
            _ = try await store.base.setAdministrator(user.id, false, at: account.user.updatedAt)
            store.base.failing = false
            store.once(.before(.findAccount)) { throw StoreFailure(code: 10, operation: "reading") }
        }
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.signIn(account, at: service.clock.now)
        }
        #expect(service.accounts.sessions.count == 0)
        try await expectMapAndDiskAgree(service)
    }

    @Test func aNewPasswordAfterANewRoleEndsTheTries() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(.before(.insertSession)) { [store = service.store] in
            _ = try await store.base.setAdministrator(user.id, false, at: account.user.updatedAt)
            store.once(.before(.insertSession)) {
                _ = try await store.base.setPassword(user.id, hash: "new", at: account.user.updatedAt)
            }
        }
        #expect(try await service.accounts.signIn(account, at: service.clock.now) == nil)
        #expect(service.accounts.sessions.count == 0)
    }

    @Test(arguments: middles) func aUserDisabledInTheMiddleOfASignInIsOut(at place: HookedStore.Place)
        async throws
    {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(place) {
            _ = try await service.accounts.setDisabled(user.id, true, at: service.clock.now)
        }
        let issued = try await service.accounts.signIn(account, at: service.clock.now)
        #expect(issued == nil || place == .after(.insertSession))
        #expect(service.accounts.sessions.count == 0)
        #expect(try await service.stored().isEmpty)
    }

    @Test(arguments: [HookedStore.Place.before(.findAccount), .after(.findAccount)])
    func aUserDisabledInTheMiddleOfASignInIsOutInMemoryToo(at place: HookedStore.Place) async throws {
        let service = try TestAccounts(.sessions(durable: false))
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(place) {
            _ = try await service.accounts.setDisabled(user.id, true, at: service.clock.now)
        }
        _ = try await service.accounts.signIn(account, at: service.clock.now)
        #expect(service.accounts.sessions.count == 0)
    }

    /// Before its row is there a sign-in is later than the end of all; after, it is one of them.
    @Test(arguments: middles) func endingAllInTheMiddleOfASignIn(at place: HookedStore.Place) async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let (kept, old) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        let account = try await service.account("ada@example.org")
        service.store.once(place) {
            let ended = try await service.accounts.endSessions(of: user.id, except: SessionID(kept))
            #expect(ended == (place == .before(.insertSession) ? 1 : 2))
        }
        let new = try #require(try await service.accounts.signIn(account, at: service.clock.now))
        #expect(service.isLive(kept))
        #expect(!service.isLive(old))
        #expect(service.isLive(new.token) == (place == .before(.insertSession)))
        try await expectMapAndDiskAgree(service)
    }

    /// The rows are gone, their sessions not yet: somebody signs in.
    @Test(arguments: [true, false])
    func aSignInWhileAllAreEndedIsLiveAndStored(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let old = try await service.signIn("ada@example.org")
        let new = Monitor<SecretToken?>(nil)
        service.store.once(.after(.deleteSession)) {
            let token = try await service.signIn("ada@example.org")
            new.withLock { $0 = token }
        }
        #expect(try await service.accounts.endSessions(of: user.id) == 1)
        #expect(!service.isLive(old))
        if durable {
            #expect(service.isLive(try #require(new.withLock { $0 })))
            try await expectMapAndDiskAgree(service)
        }
    }

    @Test func aStoreThatFailsEndsNone() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.accounts.endSessions(of: user.id) }
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.endSession(SessionID(token), of: user.id, at: service.clock.now)
        }
        #expect(service.isLive(token))
    }

    @Test(arguments: [true, false]) func nobodyEndsTheSessionOfAnother(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let ada = try await service.register("ada@example.org")
        let bob = try await service.register("bob@example.org")
        let (adas, bobs) = (
            try await service.signIn("ada@example.org"), try await service.signIn("bob@example.org")
        )
        let now = service.clock.now
        #expect(try await !service.accounts.endSession(SessionID(adas), of: bob.id, at: now))
        #expect(try await service.accounts.endSessions(of: bob.id, except: SessionID(adas)) == 1)
        #expect([adas, bobs].map(service.isLive) == [true, false])
        #expect(try await service.accounts.endSession(SessionID(adas), of: ada.id, at: now))
        #expect(try await !service.accounts.endSession(SessionID(adas), of: ada.id, at: now))
        #expect(!service.isLive(adas))
    }

    @Test(.timeLimit(.minutes(5))) func afterManyRacesMapAndDiskAgree() async throws {
        let service = try TestAccounts(.sessions(durable: true, mostPerUser: 4))
        let user = try await service.register("ada@example.org")
        let pauses = Monitor(SplitMix(seed: 9))
        service.store.atEachPlace { _ in
            let pause = pauses.withLock { Int.random(in: 0..<5, using: &$0) }
            for _ in 0..<pause { await Task.yield() }
        }
        for round in 0..<200 {
            let account = try await service.account("ada@example.org")
            let now = service.clock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await service.accounts.signIn(account, at: now) } }
                group.addTask { _ = try await service.accounts.endSessions(of: user.id) }
                group.addTask {
                    _ = try await service.accounts.setAdministrator(user.id, round.isMultiple(of: 2), at: now)
                }
                try await group.waitForAll()
            }
            try await expectMapAndDiskAgree(service)
            #expect(service.accounts.sessions.count <= 4)
        }
    }
}
