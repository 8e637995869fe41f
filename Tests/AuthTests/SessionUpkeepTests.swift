import Crypto
import Synchronization
import TestSupport
import Testing

@testable import Auth

/// When sessions were asked for last, on disk: written in turn, never for each check.
@Suite struct SessionSavingTests {
    private let service: TestAccounts
    private let writes: Counter

    /// Sessions of an hour, 8 minutes idle: so each is written once a minute.
    init() async throws {
        service = try TestAccounts(
            .sessions(durable: true, lifetime: .seconds(3_600), idleTimeout: .seconds(480)))
        _ = try await service.register("ada@example.org")
        let writes = Counter()
        service.store.atEachPlace { if $0 == .before(.setSeen) { writes.increment() } }
        self.writes = writes
    }

    private func signIn(_ count: Int) async throws -> [SessionID] {
        let account = try await service.account("ada@example.org")
        var ids: [SessionID] = []
        for _ in 0..<count {
            let issued = try await service.accounts.signIn(account, at: service.clock.now)
            ids.append(SessionID(try #require(issued).token))
        }
        return ids
    }

    private func check(_ ids: [SessionID]) {
        for id in ids { #expect(service.accounts.sessions.find(id, at: service.clock.now.steady) != nil) }
    }

    /// How many rows say so.
    private func stored(seen time: WallTime) async throws -> Int {
        try await service.stored().count { $0.seenAt == time }
    }

    private func saveAll() async throws {
        try await service.accounts.saveSeen(every: nil, at: service.clock.now)
    }

    @Test func writesAllOncePerIntervalInSmallParts() async throws {
        let ids = try await signIn(600)
        service.clock.advance(by: .seconds(5))
        check(ids)
        let time = service.clock.now.wall
        var soFar = 0
        for _ in 0..<60 {
            service.clock.advance(by: .seconds(1))
            try await service.accounts.saveSeen(every: .seconds(1), at: service.clock.now)
            let now = try await stored(seen: time)
            #expect(now - soFar < 60, "a sixtieth of 600, more or less")
            soFar = now
        }
        #expect(soFar == 600)
    }

    @Test func writesNothingTwice() async throws {
        check(try await signIn(50))
        try await saveAll()
        #expect(writes.value == 0, "they were asked for when they began")
        service.clock.advance(by: .seconds(5))
        check(try await service.stored().map(\.id))
        try await saveAll()
        let written = writes.value
        #expect(written > 0)
        for _ in 0..<60 { try await service.accounts.saveSeen(every: .seconds(1), at: service.clock.now) }
        try await saveAll()
        #expect(writes.value == written)
    }

    @Test func writesNothingWhenNobodyAsked() async throws {
        _ = try await signIn(50)
        service.clock.advance(by: .seconds(60))
        for id in try await service.stored().map(\.id) {
            #expect(service.accounts.sessions.peek(id, at: service.clock.now.steady) != nil)
        }
        try await saveAll()
        #expect(writes.value == 0)
    }

    @Test func writesNothingInMemoryMode() async throws {
        let memory = try TestAccounts(.sessions(durable: false))
        _ = try await memory.register("ada@example.org")
        let token = try await memory.signIn("ada@example.org")
        memory.clock.advance(by: .seconds(5))
        #expect(memory.accounts.sessions.find(SessionID(token), at: memory.clock.now.steady) != nil)
        memory.store.once(.before(.setSeen)) { Issue.record("a write") }
        try await memory.accounts.saveSeen(every: nil, at: memory.clock.now)
    }

    @Test func writesAgainWhatTheStoreDidNotTake() async throws {
        let ids = try await signIn(100)
        service.clock.advance(by: .seconds(5))
        let time = service.clock.now.wall
        check(ids)
        service.store.base.failing = true
        for _ in 0..<3 {
            await #expect(throws: StoreFailure.self) { try await saveAll() }
        }
        service.store.base.failing = false
        // The same time, however late it is written.
        service.clock.advance(by: .seconds(30))
        try await saveAll()
        #expect(try await stored(seen: time) == 100)
    }

    @Test func aCheckInTheMiddleIsWrittenTheNextTime() async throws {
        let ids = try await signIn(1)
        service.clock.advance(by: .seconds(5))
        let first = service.clock.now
        check(ids)
        let later = first.wall + .seconds(2)
        service.store.once(.before(.setSeen)) { [service] in
            #expect(service.accounts.sessions.find(ids[0], at: first.steady + .seconds(2)) != nil)
        }
        try await service.accounts.saveSeen(every: nil, at: first)
        #expect(try await stored(seen: first.wall) == 1)
        service.clock.advance(by: .seconds(9))
        try await saveAll()
        #expect(try await stored(seen: later) == 1)
    }

    @Test func bringsNoEndedSessionBack() async throws {
        let ids = try await signIn(1)
        service.clock.advance(by: .seconds(5))
        check(ids)
        service.store.once(.before(.setSeen)) { [service] in
            let isEnded = try await service.accounts.signOut(ids[0])
            #expect(isEnded)
        }
        try await saveAll()
        #expect(try await service.stored().isEmpty)
        #expect(service.accounts.sessions.count == 0)
    }

    @Test func writesTheTimeThatTheWallClockShowsNow() async throws {
        let ids = try await signIn(1)
        service.clock.advance(by: .seconds(5))
        check(ids)
        service.clock.advance(by: .seconds(10))
        service.clock.jumpWall(by: .seconds(-86_400))
        try await saveAll()
        let now = service.clock.now.wall.milliseconds
        #expect(try await stored(seen: WallTime(milliseconds: now - 10_000)) == 1)
    }

    @Test(arguments: [
        (Int?.none, 900), (0, 1), (1, 1), (8, 1), (15, 1), (16, 2), (7_199, 899), (7_200, 900), (7_201, 900),
        (1_000_000, 900),
    ])
    func theIntervalIsAnEighthOfTheIdleTimeout(idle: Int?, interval: Int) {
        let policy = SessionPolicy(idleTimeout: idle.map { .seconds($0) }, rememberedIdleTimeout: nil)
        #expect(policy.saveInterval.components.seconds == interval)
        let remembered = SessionPolicy(idleTimeout: nil, rememberedIdleTimeout: idle.map { .seconds($0) })
        #expect(remembered.saveInterval == policy.saveInterval)
    }
}

/// Ended sessions leave memory in slices, and the disk in batches.
@Suite struct SessionSweepTests {
    private let service: TestAccounts
    private let deletions = Counter()

    init() async throws {
        service = try TestAccounts(
            .sessions(durable: true, lifetime: .seconds(60), idleTimeout: .seconds(10), mostPerUser: 10_000))
        _ = try await service.register("ada@example.org")
        service.store.atEachPlace { [deletions] in
            if $0 == .before(.deleteSession) { deletions.increment() }
        }
    }

    private func signIn(_ count: Int) async throws {
        let account = try await service.account("ada@example.org")
        for _ in 0..<count { _ = try await service.accounts.signIn(account, at: service.clock.now) }
    }

    private func sweep() -> Int { service.accounts.sweepSessions(at: service.clock.now).ended }

    @Test func rowsOfIdleSessionsGo() async throws {
        try await signIn(30)
        service.clock.advance(by: .milliseconds(9_999))
        #expect(sweep() == 0)
        service.clock.advance(by: .milliseconds(1))
        #expect(sweep() == 30)
        #expect(try await service.stored().count == 30)
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
        #expect(deletions.value == 1)
        try await service.accounts.deleteStaleRows()
        #expect(deletions.value == 1)
    }

    @Test func manyGoInSeveralTransactions() async throws {
        try await signIn(2_500)
        service.clock.advance(by: .seconds(10))
        while !service.accounts.sweepSessions(at: service.clock.now, budget: 256).isComplete {}
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
        #expect((3...5).contains(deletions.value))
    }

    @Test func aStoreThatFailsGetsThemAgain() async throws {
        try await signIn(30)
        service.clock.advance(by: .seconds(10))
        #expect(sweep() == 30)
        service.store.base.failing = true
        for _ in 0..<3 {
            await #expect(throws: StoreFailure.self) { try await service.accounts.deleteStaleRows() }
        }
        service.store.base.failing = false
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
    }

    @Test func whatEndsInTheMiddleGoesToo() async throws {
        try await signIn(5)
        service.clock.advance(by: .seconds(10))
        #expect(sweep() == 5)
        try await signIn(7)
        service.clock.advance(by: .seconds(10))
        service.store.once(.before(.deleteSession)) { [service] in
            #expect(service.accounts.sweepSessions(at: service.clock.now).ended == 7)
        }
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
    }

    /// Those the disk finds by their time.
    @Test func rowsPastTheirLifetimeAreNotDeletedOneByOne() async throws {
        try await signIn(3)
        for _ in 0..<10 {
            service.clock.advance(by: .seconds(6))
            for id in service.accounts.sessions.ids(of: try await service.account("ada@example.org").user.id)
            {
                _ = service.accounts.sessions.find(id, at: service.clock.now.steady)
            }
        }
        #expect(sweep() == 3)
        try await service.accounts.deleteStaleRows()
        #expect(deletions.value == 0)
        #expect(try await service.stored().isEmpty)
    }

    /// A start that believes the clock would bring them back.
    @Test func rowsThatSeemToLiveSinceTheClockWasSetBackGo() async throws {
        let service = try TestAccounts(.sessions(durable: true, lifetime: .seconds(60)))
        _ = try await service.register("ada@example.org")
        _ = try await service.signIn("ada@example.org")
        service.clock.jumpWall(by: .milliseconds(-1))
        service.clock.advance(by: .seconds(60))
        #expect(try await service.stored().count == 1)
        #expect(service.accounts.sweepSessions(at: service.clock.now).ended == 1)
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
    }

    @Test func endsItsSliceAtItsBudget() async throws {
        try await signIn(100)
        service.clock.advance(by: .seconds(10))
        var slices: [Int] = []
        while true {
            let slice = service.accounts.sweepSessions(at: service.clock.now, budget: 30)
            slices.append(slice.ended)
            if slice.isComplete { break }
        }
        #expect(slices == [30, 30, 30, 10])
        try await service.accounts.deleteStaleRows()
        #expect(try await service.stored().isEmpty)
    }

    @Test func endsItsSliceWhenItIsOutOfTimeAndComesRoundAllTheSame() async throws {
        try await signIn(500)
        service.clock.advance(by: .seconds(10))
        let (asked, allowed) = (Counter(), 5)
        var slices = 0
        while true {
            let before = asked.value
            let slice = service.accounts.sweepSessions(at: service.clock.now) {
                asked.increment()
                return asked.value - before >= allowed
            }
            #expect(asked.value - before <= allowed)
            slices += 1
            guard slices < 2_000 else { break }
            if service.accounts.sessions.count == 0 { break }
            #expect(!slice.isComplete)
        }
        #expect(service.accounts.sessions.count == 0)
        // Each slice begins where the last one stopped.
        #expect(slices <= 1_024 / (allowed - 1) + 1)
    }
}

/// Counts calls from anywhere.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}
