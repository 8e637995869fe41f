import Crypto
import TestSupport
import Testing

@testable import Auth

/// The rules of docs/adr/0022: on stores that keep sessions, and in memory only.
@Suite struct RefreshTokensTests {
    private static let grace = Duration.seconds(30)

    @Test(arguments: [true, false]) func replacesATokenAtEachUse(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        var tokens = [try await service.begin()]
        for _ in 0..<5 {
            service.clock.advance(by: .seconds(3_600))
            tokens.append(try await service.renew(tokens[tokens.count - 1]))
        }
        #expect(Set(tokens).count == 6)
        #expect(try await service.familyCount == 1)
    }

    @Test(arguments: [true, false]) func answersTheSameInTheWindowToItsLastMillisecond(durable: Bool)
        async throws
    {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        service.clock.advance(by: .seconds(3_600))
        let second = try await service.renew(first)
        for _ in 0..<30 {
            service.clock.advance(by: .seconds(1))
            #expect(try await service.renew(first) == second)
        }
        #expect(try await service.renew(second) != second)
    }

    /// However often it was asked for: to ask does not make the window longer.
    @Test(arguments: [true, false]) func aReplayAMillisecondPastTheWindowEndsFamilyAndSession(durable: Bool)
        async throws
    {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let second = try await service.renew(first)
        service.clock.advance(by: Self.grace)
        #expect(try await service.renew(first) == second)
        service.clock.advance(by: .milliseconds(1))
        #expect(service.isLive)
        try await service.expectReplay(first)
        for token in [first, second] { try await service.expectUnknown(token) }
    }

    @Test(arguments: [true, false]) func aReplayOfTwoGenerationsAgoIsOneAtOnce(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let second = try await service.renew(first)
        let third = try await service.renew(second)
        #expect(try await service.renew(second) == third)
        try await service.expectReplay(first)
        try await service.expectUnknown(third)
    }

    @Test(arguments: [true, false]) func aReplayIsToldOnceHoweverManyAsk(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        _ = try await service.renew(service.renew(first))
        let (tokens, now) = (service.accounts.refreshTokens, service.clock.now)
        let replays = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    if case .replayed = try await tokens.redeem(first, at: now) { true } else { false }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(replays == 1)
    }

    @Test func aReplayEndsItsOwnSessionAlone() async throws {
        let service = try await RefreshService()
        let other = SessionID(try await service.base.signIn("ada@example.org"))
        let elsewhere = try #require(
            try await service.accounts.refreshTokens.begin(for: other, at: service.clock.now))
        let first = try await service.begin()
        _ = try await service.renew(service.renew(first))
        try await service.expectReplay(first)
        _ = try await service.renew(elsewhere, of: other)
    }

    /// Of one session all chains die: who has one of its tokens may have them all.
    @Test(arguments: [true, false]) func aReplayEndsEveryFamilyOfItsSession(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        let (first, other) = (try await service.begin(), try await service.begin())
        _ = try await service.renew(service.renew(first))
        try await service.expectReplay(first)
        try await service.expectUnknown(other)
        #expect(try await service.familyCount == 0)
    }

    @Test(arguments: [true, false]) func aHundredParallelRefreshesGetTheSameToken(durable: Bool) async throws
    {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await service.renew(first) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found.count == 1)
        #expect(try await service.familyCount == 1)
        #expect(service.isLive)
    }

    /// Requests of one moment may be read a little before the one that is served first.
    @Test func aRequestFromBeforeTheRotationIsNoReplay() async throws {
        let service = try await RefreshService()
        let first = try await service.begin()
        let before = service.clock.now
        service.clock.advance(by: .seconds(5))
        let second = try await service.renew(first)
        guard case .renewed(_, second) = try await service.accounts.refreshTokens.redeem(first, at: before)
        else {
            Issue.record("a request from before")
            return
        }
    }

    @Test func withoutAWindowOnlyTheSameMomentCounts() async throws {
        let service = try await RefreshService(grace: .zero)
        let first = try await service.begin()
        let second = try await service.renew(first)
        #expect(try await service.renew(first) == second)
        service.clock.advance(by: .milliseconds(1))
        try await service.expectReplay(first)
    }

    // MARK: Forgeries

    @Test(arguments: [true, false]) func whoKnowsAllButTheKeyCanDoNothing(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let second = try await service.renew(first)
        let family = try #require(RefreshToken(first)).family
        service.clock.advance(by: .seconds(60))
        for generation: Int64 in [0, 1, 2, 9] {
            let forged = RefreshToken(family, generation: generation, under: .random())
            try await service.expectUnknown(forged.text)
        }
        for wrong in [
            "", "x", String(second.dropLast()), second + "A", String(repeating: "A", count: 100_000),
        ] {
            try await service.expectUnknown(wrong)
        }
        #expect(service.isLive)
        _ = try await service.renew(second)
    }

    @Test func whatIsNoTokenCostsNoLookAtTheStore() async throws {
        let service = try await RefreshService()
        service.store.base.failing = true
        try await service.expectUnknown("sessiond_rt_")
    }

    @Test func aGenuineTokenOfAnUnknownFamilyIsUnknown() async throws {
        let service = try await RefreshService()
        let first = try await service.begin()
        let key = try #require(service.key)
        let other = RefreshFamilyID(session: service.session)
        try await service.expectUnknown(RefreshToken(other, generation: 0, under: key).text)
        #expect(service.isLive)
        _ = try await service.renew(first)
    }

    /// A backup that was restored with its sessions knows an older generation than clients have.
    @Test func aTokenAheadOfTheStoreGoesOnFromThere() async throws {
        let service = try await RefreshService()
        let first = try await service.begin()
        let key = try #require(service.key)
        let family = try #require(RefreshToken(first)).family
        let ahead = RefreshToken(family, generation: 41, under: key).text
        #expect(
            try await service.renew(ahead) == RefreshToken(family, generation: 42, under: key).text)
        try await service.expectReplay(first)
    }

    @Test(arguments: [true, false]) func theLastGenerationOfAllHasNoSuccessor(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let key = try #require(service.key)
        let family = try #require(RefreshToken(first)).family
        let beforeLast = RefreshToken(family, generation: .max - 1, under: key).text
        let last = try await service.renew(beforeLast)
        #expect(last == RefreshToken(family, generation: .max, under: key).text)
        try await service.expectUnknown(last)
        #expect(service.isLive)
    }

    // MARK: Sessions

    @Test(arguments: [true, false]) func nothingBeginsForASessionThatHasEnded(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        _ = try await service.accounts.signOut(service.session)
        #expect(
            try await service.accounts.refreshTokens.begin(for: service.session, at: service.clock.now) == nil
        )
        #expect(try await service.familyCount == 0)
    }

    @Test func nothingBeginsForASessionThatEndsMeanwhile() async throws {
        let service = try await RefreshService()
        service.store.once(.before(.insertFamily)) { _ = try await service.accounts.signOut(service.session) }
        #expect(
            try await service.accounts.refreshTokens.begin(for: service.session, at: service.clock.now) == nil
        )
        #expect(try await service.familyCount == 0)
    }

    @Test(arguments: [true, false], RefreshService.End.allCases)
    func aTokenDiesWithItsSession(durable: Bool, end: RefreshService.End) async throws {
        let service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let second = try await service.renew(first)
        try await service.end(end)
        #expect(!service.isLive)
        for token in [first, second] { try await service.expectUnknown(token) }
        #expect(try await service.familyCount == 0)
    }

    @Test(
        arguments: [HookedStore.Place.before(.advanceFamily), .after(.advanceFamily)],
        RefreshService.End.allCases)
    func aSessionThatEndsInTheMiddleRenewsNothing(at place: HookedStore.Place, end: RefreshService.End)
        async throws
    {
        // Else the end itself passes the place.
        let service = try await RefreshService()
        let first = try await service.begin()
        service.store.once(place) { try await service.end(end) }
        try await service.expectUnknown(first)
        #expect(try await service.familyCount == 0)
    }

    @Test(arguments: [true, false]) func aRefreshIsActivityOfTheSessionAndAReplayIsNone(durable: Bool)
        async throws
    {
        let service = try await RefreshService(durable: durable, idleTimeout: .seconds(600))
        var token = try await service.begin()
        for _ in 0..<5 {
            service.clock.advance(by: .seconds(599))
            token = try await service.renew(token)
        }
        service.clock.advance(by: .seconds(600))
        try await service.expectUnknown(token)
    }

    @Test(arguments: [true, false]) func theOldestOfMoreThanTwentyFamiliesGoes(durable: Bool) async throws {
        let service = try await RefreshService(durable: durable)
        var tokens: [String] = []
        for _ in 0..<20 { tokens.append(try await service.begin()) }
        tokens[0] = try await service.renew(tokens[0])
        tokens.append(try await service.begin())
        #expect(try await service.familyCount == 20)
        try await service.expectUnknown(tokens[0])
        #expect(service.isLive)
        for token in tokens[1...] { _ = try await service.renew(token) }
    }

    // MARK: Clocks and restarts

    @Test(arguments: [-86_400 * 365, -3_600, -31, 31, 3_600, 86_400 * 365])
    func settingTheWallClockMovesNoWindow(by seconds: Int) async throws {
        for durable in [true, false] {
            let service = try await RefreshService(durable: durable)
            let first = try await service.begin()
            let second = try await service.renew(first)
            service.clock.jumpWall(by: .seconds(seconds))
            service.clock.advance(by: Self.grace)
            #expect(try await service.renew(first) == second)
            service.clock.advance(by: .milliseconds(1))
            try await service.expectReplay(first)
        }
    }

    /// A client whose answer a crash took asks again after it, however long that lasted and whatever the clocks say.
    @Test(arguments: [Duration.zero, .seconds(31), .seconds(600)], [-86_400, 0, 3_600])
    func theWindowBeginsAnewAtAStart(away: Duration, jump: Int) async throws {
        var service = try await RefreshService()
        let first = try await service.begin()
        let second = try await service.renew(first)
        try await service.restart(away: away, jump: .seconds(jump))
        service.clock.advance(by: Self.grace)
        #expect(try await service.renew(first) == second)
        service.clock.advance(by: .milliseconds(1))
        try await service.expectReplay(first)
    }

    @Test func aStartForgivesOneGenerationAndNoMore() async throws {
        var service = try await RefreshService()
        let first = try await service.begin()
        _ = try await service.renew(service.renew(first))
        try await service.restart()
        try await service.expectReplay(first)
    }

    @Test func whatCountedCountsAfterAStart() async throws {
        var service = try await RefreshService()
        var token = try await service.begin()
        for _ in 0..<3 {
            try await service.restart(away: .seconds(60))
            service.clock.advance(by: .seconds(60))
            token = try await service.renew(token)
        }
        #expect(try await service.familyCount == 1)
    }

    /// A rotation of this run counts by itself, although the run before is forgiven.
    @Test func aRotationAfterAStartHasAWindowOfItsOwn() async throws {
        var service = try await RefreshService()
        let first = try await service.begin()
        try await service.restart()
        service.clock.advance(by: .seconds(20))
        let second = try await service.renew(first)
        service.clock.advance(by: Self.grace)
        #expect(try await service.renew(first) == second)
        service.clock.advance(by: .milliseconds(1))
        try await service.expectReplay(first)
    }

    @Test func sessionsInMemoryEndWithTheProcess() async throws {
        var service = try await RefreshService(durable: false)
        let token = try await service.begin()
        try await service.restart()
        try await service.expectUnknown(token)
    }

    @Test(arguments: [true, false]) func aReloadKeepsEverythingAndTakesTheNewWindow(durable: Bool)
        async throws
    {
        var service = try await RefreshService(durable: durable)
        let first = try await service.begin()
        let second = try await service.renew(first)
        try service.reload(grace: .seconds(5))
        service.clock.advance(by: .seconds(5))
        #expect(try await service.renew(first) == second)
        service.clock.advance(by: .milliseconds(1))
        try await service.expectReplay(first)
    }

    // MARK: A store that fails

    @Test(arguments: [HookedStore.Operation.insertFamily, .secret])
    func aStoreThatFailsBeginsNothing(at operation: HookedStore.Operation) async throws {
        let service = try await RefreshService()
        service.store.once(.before(operation)) { throw StoreFailure(code: 10, operation: "writing") }
        await #expect(throws: StoreFailure.self) { try await service.begin() }
        #expect(try await service.familyCount == 0)
        _ = try await service.renew(service.begin())
    }

    /// Before the commit nothing has changed; after it the answer alone is lost, and asking again gives it.
    @Test(arguments: [HookedStore.Place.before(.advanceFamily), .after(.advanceFamily)])
    func aStoreThatFailsIsNeverAnInvalidToken(at place: HookedStore.Place) async throws {
        let service = try await RefreshService()
        let first = try await service.begin()
        service.store.once(place) { throw StoreFailure(code: 10, operation: "writing") }
        await #expect(throws: StoreFailure.self) { try await service.renew(first) }
        let second = try await service.renew(first)
        #expect(try await service.renew(first) == second)
        #expect(try await service.familyCount == 1)
    }

    @Test func aReplayThatCouldNotEndTheSessionEndsItTheNextTime() async throws {
        let service = try await RefreshService()
        let first = try await service.begin()
        let third = try await service.renew(service.renew(first))
        service.store.once(.before(.deleteSession)) { throw StoreFailure(code: 13, operation: "writing") }
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.refreshTokens.redeem(first, at: service.clock.now)
        }
        #expect(service.isLive)
        try await service.expectReplay(first)
        try await service.expectUnknown(third)
    }

    @Test func aKeyThatDoesNotOpenIsDoubt() async throws {
        let service = try await RefreshService()
        _ = try await service.store.base.secret("refresh-tokens", orStore: [1, 2, 3])
        await #expect(throws: StoreFailure.self) { try await service.begin() }
    }

    @Test func theKeyLiesSealedInTheStore() async throws {
        let service = try await RefreshService()
        _ = try await service.begin()
        let key = try #require(service.key)
        let stored = try await service.store.base.secret("refresh-tokens", orStore: [])
        #expect(stored.count > key.bytes.count)
        #expect(!stored.indices.contains { stored[$0...].starts(with: key.bytes) })
        #expect(TestAccounts.sealing.open(stored, for: "refresh-tokens") == key.bytes)
    }
}
