import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// Many buckets in little memory.
@Suite struct RateTableTests {
    private let once = Allowance(burst: 1, perHour: 3_600)
    private let three = Allowance(burst: 3, perHour: 1)
    private let now: Int64 = 1_000_000

    private func fail(_ key: UInt64, _ times: Int = 1, in table: RateTable, _ allowance: Allowance) {
        for _ in 0..<times { table.leave(key, allowance, hasFailed: true, at: now) }
    }

    /// Keys as BLAKE2b makes them: all over the range.
    private func keys(_ count: Int, seed: UInt64 = 1) -> [UInt64] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { _ in random.next() | 1 }
    }

    @Test func keysDoNotShareABucket() {
        let table = RateTable(buckets: 512)
        for key in keys(100) {
            #expect(table.charge(key, once, at: now) == .admitted)
            #expect(table.charge(key, once, at: now) == .refused(wait: 1_000))
            #expect(table.charge(key, once, at: now + 1_000) == .admitted)
        }
    }

    @Test func nothingIsTakenBeforeTheFirstUse() {
        let table = RateTable(buckets: 65_536)
        #expect(table.footprint == 0 && !table.remembers(1, at: now))
        _ = table.charge(1, once, at: now)
        #expect(table.footprint > 0 && table.footprint < 100_000)
    }

    @Test func aMillionAddressesCostAFixedTableAndDoNotFlushADelay() {
        let table = RateTable(buckets: 65_536)
        let victim: UInt64 = 0x1234_5678_9abc_def1
        fail(victim, 3, in: table, three)
        for key in keys(1_000_000) { fail(key, in: table, three) }
        #expect(table.footprint <= 65_536 * 32 * 2)
        if case .refused = table.charge(victim, three, at: now) {
        } else {
            Issue.record("flushed by a million others")
        }
    }

    @Test func aFullSetGivesUpTheBucketThatIsForgottenSoonest() {
        // 64 shards of one set each; these all belong to the first.
        let table = RateTable(buckets: 512)
        let (hot, mild, new) = (Array(1...7 as ClosedRange<UInt64>), UInt64(8), UInt64(9))
        for key in hot { fail(key, 2, in: table, three) }
        fail(mild, 1, in: table, three)
        fail(new, 2, in: table, three)
        #expect(hot.allSatisfy { table.remembers($0, at: now) })
        #expect(table.remembers(new, at: now) && !table.remembers(mild, at: now))
    }

    @Test func whatIsForgottenIsReplacedFirst() {
        let table = RateTable(buckets: 512)
        for key in 1...7 as ClosedRange<UInt64> { fail(key, 3, in: table, three) }
        table.leave(8, once, hasFailed: true, at: now - 1_000)
        fail(9, in: table, once)
        #expect((1...7 as ClosedRange<UInt64>).allSatisfy { table.remembers($0, at: now) })
        #expect(table.remembers(9, at: now))
    }

    // MARK: Tries whose end is not known yet

    private func enter(_ table: RateTable, _ key: UInt64 = 1) async throws -> RateBucket.Decision {
        try await table.enter(key, three) { now }
    }

    /// Three places taken, and `count` tries that wait for them.
    private func waiting(
        _ count: Int, in table: RateTable
    ) async throws -> [Task<RateBucket.Decision, any Error>] {
        for _ in 0..<3 { #expect(try await enter(table) == .admitted) }
        let tasks = (0..<count).map { _ in Task { try await enter(table) } }
        while table.waitingCount < count { await Task.yield() }
        return tasks
    }

    @Test func aSuccessLetsTheNextInAndFailuresRefuseTheRest() async throws {
        let table = RateTable(buckets: 512)
        let tasks = try await waiting(4, in: table)
        table.leave(1, three, hasFailed: false, at: now)
        #expect(table.waitingCount == 3)
        for _ in 0..<3 { table.leave(1, three, hasFailed: true, at: now) }
        #expect(table.waitingCount == 0)
        var decisions: [RateBucket.Decision] = []
        for task in tasks { decisions.append(try await task.value) }
        #expect(decisions.count { $0 == .admitted } == 1)
        #expect(decisions.count { $0 == .refused(wait: 3_600_000) } == 3)
    }

    @Test func anyNumberOfRightOnesGoesThrough() async throws {
        let table = RateTable(buckets: 512)
        let key = keys(1)[0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    let decision = try await table.enter(key, three) { now }
                    #expect(decision == .admitted)
                    await Task.yield()
                    table.leave(key, three, hasFailed: false, at: now)
                }
            }
            try await group.waitForAll()
        }
        #expect(table.waitingCount == 0 && !table.remembers(key, at: now))
    }

    @Test func anEvictedBucketStrandsNobody() async throws {
        let table = RateTable(buckets: 512)
        let tasks = try await waiting(2, in: table)
        for key in 2...9 as ClosedRange<UInt64> { fail(key, 3, in: table, three) }
        for _ in 0..<3 { table.leave(1, three, hasFailed: false, at: now) }
        for task in tasks { #expect(try await task.value == .admitted) }
    }

    @Test func theLineIsNotEndless() async throws {
        let table = RateTable(buckets: 512)
        let tasks = try await waiting(1_024, in: table)
        await #expect(throws: WorkerPool.Overloaded.self) { try await enter(table) }
        for _ in 0..<3 { table.leave(1, three, hasFailed: true, at: now) }
        for task in tasks { #expect(try await task.value != .admitted) }
    }

    @Test func threadsTogetherGetNoMoreThanTheBurst() {
        let table = RateTable(buckets: 512)
        let keys = keys(50)
        let admitted = Locked(0)
        let threads = (0..<8).map { number in
            WorkerThread.start(name: "test-\(number)") {
                for key in keys {
                    for _ in 0..<10 where table.charge(key, three, at: now) == .admitted {
                        admitted.withLock { $0 += 1 }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(admitted.withLock { $0 } == 150)
    }
}
