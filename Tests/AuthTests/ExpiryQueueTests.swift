import Crypto
import TestSupport
import Testing

@testable import Auth

@Suite struct ExpiryQueueTests {
    private func id(_ number: UInt64) -> SessionID { SessionID(words: (number, 0, 0, 0)) }
    private func time(_ milliseconds: Int64) -> SteadyTime { SteadyTime(milliseconds: milliseconds) }

    @Test func givesNamesOutInTheOrderOfTheirTimes() {
        var queue = ExpiryQueue()
        var random = SplitMix(seed: 1)
        let times = (0..<2_000).map { _ in Int64.random(in: 0..<500, using: &random) }
        for (number, at) in times.enumerated() { queue.insert(id(UInt64(number)), at: time(at)) }
        var order: [Int64] = []
        var seen: Set<SessionID> = []
        while let name = queue.removeFirst(notAfter: time(.max)) {
            seen.insert(name)
            order.append(times[Int(name.words.0)])
        }
        #expect(order == times.sorted())
        #expect(seen.count == times.count)
        #expect(queue.count == 0)
    }

    @Test func keepsANameUntilItsTimeAndNotLonger() {
        var queue = ExpiryQueue()
        queue.insert(id(1), at: time(1_000))
        let early = queue.removeFirst(notAfter: time(999))
        #expect(early == nil)
        #expect(queue.count == 1)
        let due = queue.removeFirst(notAfter: time(1_000))
        #expect(due == id(1))
        #expect(queue.count == 0)
    }

    @Test func keepsItsOrderWhenEndedNamesAreDropped() {
        var queue = ExpiryQueue()
        var random = SplitMix(seed: 2)
        var live: [UInt64: Int64] = [:]
        for number in 0..<5_000 {
            let at = Int64.random(in: 0..<1_000, using: &random)
            live[UInt64(number)] = at
            queue.insert(id(UInt64(number)), at: time(at))
        }
        for number in (0..<5_000).shuffled(using: &random).prefix(4_500) {
            live[UInt64(number)] = nil
            queue.noteEnded { live[$0.words.0] != nil }
        }
        #expect(queue.count < 2 * live.count + 34)
        var order: [Int64] = []
        while let name = queue.removeFirst(notAfter: time(.max)) {
            if let at = live[name.words.0] { order.append(at) }
        }
        #expect(order == live.values.sorted())
    }

    @Test func staysSmallWhenEveryNameEndsBeforeItsTime() {
        var queue = ExpiryQueue()
        var largest = 0
        for number in 0..<100_000 as Range<UInt64> {
            queue.insert(id(number), at: time(1_000_000))
            queue.noteEnded { _ in false }
            largest = max(largest, queue.count)
        }
        #expect(largest <= 33)
    }
}

/// Sign-in and sign-out, over and over: the queue holds names of sessions that have ended.
@Suite struct SessionTableTests {
    private let user = LiveUser(UserSnapshot(.ada(), UserRendering.none))

    private func id(_ number: UInt64) -> SessionID { SessionID(words: (number, 1, 2, 3)) }

    private func session(until milliseconds: Int64?) -> Session {
        Session(
            user: user, createdAt: WallTime(milliseconds: 0),
            expiresAt: milliseconds.map(SteadyTime.init(milliseconds:)))
    }

    private func insert(_ number: UInt64, until milliseconds: Int64?, into table: inout SessionTable) -> Bool
    {
        table.insert(id(number), session(until: milliseconds))
    }

    private func remove(_ number: UInt64, from table: inout SessionTable) -> Bool {
        table.remove(id(number)) != nil
    }

    private func expire(_ table: inout SessionTable, at milliseconds: Int64, limit: Int) -> Int {
        table.removeExpired(at: SteadyTime(milliseconds: milliseconds), limit: limit).count
    }

    @Test func memoryDoesNotGrowWithSignInsAndSignOuts() {
        var table = SessionTable()
        for number in 0..<100 as Range<UInt64> { #expect(insert(number, until: 9_999, into: &table)) }
        for number in 1_000..<50_000 as Range<UInt64> {
            #expect(insert(number, until: 10_000, into: &table))
            #expect(remove(number, from: &table))
        }
        #expect(table.sessions.count == 100)
        #expect(table.expiry.count <= 2 * 100 + 34)
    }

    @Test func countsOnlyLiveSessionsAgainstTheLimit() {
        var table = SessionTable()
        for number in 0..<20 as Range<UInt64> { #expect(insert(number, until: 10, into: &table)) }
        for number in 0..<10 as Range<UInt64> { #expect(remove(number, from: &table)) }
        #expect(expire(&table, at: 10, limit: 4) == 4)
        #expect(expire(&table, at: 10, limit: 100) == 6)
        #expect(expire(&table, at: 10, limit: 100) == 0)
        #expect(table.sessions.isEmpty)
    }

    @Test func leavesASessionWithoutEndAlone() {
        var table = SessionTable()
        #expect(insert(1, until: nil, into: &table))
        #expect(expire(&table, at: .max, limit: 10) == 0)
        #expect(table.expiry.count == 0)
        #expect(remove(1, from: &table))
        #expect(!remove(1, from: &table))
    }

    @Test func saysWhenANameIsTaken() {
        var table = SessionTable()
        #expect(insert(1, until: 5, into: &table))
        #expect(!insert(1, until: 6, into: &table))
        #expect(table.sessions.count == 1)
    }

    @Test func removesNothingForALimitOfZero() {
        var table = SessionTable()
        #expect(insert(1, until: 5, into: &table))
        #expect(expire(&table, at: 9, limit: 0) == 0)
        #expect(table.sessions.count == 1)
    }
}
