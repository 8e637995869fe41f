import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// At most so many sessions of one user, and sessions that another takes the place of.
@Suite struct SessionLimitTests {
    private func service(durable: Bool, mostPerUser: Int = 20) async throws -> TestAccounts {
        let service = try TestAccounts(.sessions(durable: durable, mostPerUser: mostPerUser))
        _ = try await service.register("ada@example.org")
        _ = try await service.register("bob@example.org")
        return service
    }

    /// Signs in so often, a second apart.
    private func signIn(_ count: Int, _ service: TestAccounts) async throws -> [SecretToken] {
        var tokens: [SecretToken] = []
        for _ in 0..<count {
            tokens.append(try await service.signIn("ada@example.org"))
            service.clock.advance(by: .seconds(1))
        }
        return tokens
    }

    private func replace(
        _ token: SecretToken, by email: String = "ada@example.org", _ service: TestAccounts
    ) async throws -> SecretToken {
        try await service.signIn(email, "correct horse", SignInTerms(replacing: SessionID(token)))
    }

    /// On disk is what is live, and nothing else.
    private func expectMapAndDiskAgree(_ service: TestAccounts, _ tokens: [SecretToken]) async throws {
        let stored = Set(try await service.stored().map(\.id))
        #expect(stored == Set(tokens.filter(service.isLive).map { SessionID($0) }))
        #expect(service.accounts.sessions.count == stored.count)
    }

    @Test(arguments: [true, false]) func theOldestLeavesForTheTwentyFirst(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let bobs = try await service.signIn("bob@example.org")
        let tokens = try await signIn(20, service)
        #expect(tokens.allSatisfy(service.isLive))
        for past in 1...5 {
            let next = try await signIn(1, service)
            #expect(next.allSatisfy(service.isLive))
            #expect(tokens.map(service.isLive) == (0..<20).map { $0 >= past })
        }
        #expect(service.isLive(bobs))
    }

    @Test(arguments: [true, false]) func ofOneTheNewestStays(durable: Bool) async throws {
        let service = try await service(durable: durable, mostPerUser: 1)
        let tokens = try await signIn(3, service)
        #expect(tokens.map(service.isLive) == [false, false, true])
    }

    @Test(arguments: [true, false]) func ofManyInOneMillisecondTheNewOneLives(durable: Bool) async throws {
        let service = try await service(durable: durable)
        for _ in 0..<60 {
            let token = try await service.signIn("ada@example.org")
            #expect(service.isLive(token))
        }
        #expect(service.accounts.sessions.count == 20)
    }

    /// Else nobody with 20 sessions could sign in before the clock has caught up.
    @Test(arguments: [true, false]) func afterTheClockWasSetBackTheNewOnesLive(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let old = try await signIn(20, service)
        service.clock.jumpWall(by: .seconds(-86_400))
        let new = try await signIn(20, service)
        #expect(new.allSatisfy(service.isLive))
        #expect(!old.contains(where: service.isLive))
    }

    @Test(arguments: [true, false]) func underManySignInsAtOnceTheLimitHolds(durable: Bool) async throws {
        for round in 0..<10 as Range<UInt64> {
            let service = try await service(durable: durable)
            let account = try await service.account("ada@example.org")
            let pauses = Monitor(SplitMix(seed: round))
            service.store.atEachPlace { _ in
                let pause = pauses.withLock { Int.random(in: 0..<9, using: &$0) }
                for _ in 0..<pause { await Task.yield() }
            }
            let tokens = try await withThrowingTaskGroup(of: SecretToken?.self) { group in
                for number in 0..<64 {
                    let now = service.clock.now
                    // Hashing takes its time: who came first may be the last to get here.
                    let then = Moment(
                        wall: WallTime(milliseconds: now.wall.milliseconds - Int64(number)),
                        steady: now.steady)
                    group.addTask { try await service.accounts.signIn(account, at: then)?.token }
                }
                return try await group.reduce(into: [SecretToken]()) { $0.append(try #require($1)) }
            }
            #expect(tokens.count == 64)
            #expect(tokens.count(where: service.isLive) == 20)
            #expect(service.accounts.sessions.count == 20)
            if durable { try await expectMapAndDiskAgree(service, tokens) }
            let last = try await service.signIn("ada@example.org")
            #expect(service.isLive(last))
            #expect(service.accounts.sessions.count == 20)
        }
    }

    // MARK: In the place of another

    @Test(arguments: [true, false]) func whatTheClientShowedEndsWithTheSignIn(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let (old, other) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        let new = try await replace(old, service)
        #expect([old, other, new].map(service.isLive) == [false, true, true])
        if durable { try await expectMapAndDiskAgree(service, [old, other, new]) }
    }

    @Test(arguments: [true, false]) func soDoesSomebodyElses(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let bobs = (try await service.signIn("bob@example.org"), try await service.signIn("bob@example.org"))
        let new = try await replace(bobs.0, service)
        #expect([bobs.0, bobs.1, new].map(service.isLive) == [false, true, true])
        if durable { try await expectMapAndDiskAgree(service, [bobs.0, bobs.1, new]) }
    }

    @Test(arguments: [true, false]) func theReplacedOneMakesRoom(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let tokens = try await signIn(20, service)
        let new = try await replace(tokens[7], service)
        #expect(tokens.map(service.isLive) == (0..<20).map { $0 != 7 })
        #expect(service.isLive(new))
    }

    @Test(arguments: [true, false]) func oneThatHasJustEndedIsNoObstacle(durable: Bool) async throws {
        let service = try await service(durable: durable)
        let tokens = try await signIn(19, service)
        let ended = try await service.signIn("ada@example.org")
        #expect(try await service.accounts.signOut(SessionID(ended)))
        let new = try await replace(ended, service)
        #expect(!service.isLive(ended))
        #expect(([new] + tokens).allSatisfy(service.isLive))
        if durable { try await expectMapAndDiskAgree(service, [new, ended] + tokens) }
    }

    @Test func oneWithoutARowEndsToo() async throws {
        let service = try await service(durable: true)
        let old = try await service.signIn("ada@example.org")
        try await service.store.base.delete(SessionID(old))
        let new = try await replace(old, service)
        #expect([old, new].map(service.isLive) == [false, true])
    }

    @Test(arguments: [true, false]) func aStoreThatFailsLeavesTheOldOneAlive(durable: Bool) async throws {
        let service = try await service(durable: durable, mostPerUser: 2)
        let (oldest, old) = (
            try await service.signIn("ada@example.org"), try await service.signIn("ada@example.org")
        )
        let account = try await service.account("ada@example.org")
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.signIn(
                account, SignInTerms(replacing: SessionID(old)), at: service.clock.now)
        }
        service.store.base.failing = false
        #expect([oldest, old].allSatisfy(service.isLive))
        if durable { try await expectMapAndDiskAgree(service, [oldest, old]) }
    }

    @Test(arguments: [true, false]) func aRefusedSignInLeavesTheOldOneAlive(durable: Bool) async throws {
        let service = try await service(durable: durable, mostPerUser: 1)
        let account = try await service.account("ada@example.org")
        _ = try await service.accounts.setPassword(account.user.id, "another horse", at: service.clock.now)
        let old = try await service.signIn("ada@example.org", "another horse")
        let terms = SignInTerms(replacing: SessionID(old))
        #expect(try await service.accounts.signIn(account, terms, at: service.clock.now) == nil)
        #expect(service.isLive(old))
    }
}
