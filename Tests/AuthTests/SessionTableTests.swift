import Crypto
import TestSupport
import Testing

@testable import Auth

/// One shard against a dictionary that does the same.
@Suite struct SessionTableTests {
    /// What `#expect` can change.
    private final class Shard {
        var table = SessionTable()

        func insert(_ session: Session, _ idle: IdleTimeouts = IdleTimeouts()) -> Bool {
            table.insert(session.entry, of: session.user, idle)
        }
        func remove(_ id: SessionID) -> Session? { table.remove(id) }
        func removeExpired(_ now: Int64, _ idle: IdleTimeouts = IdleTimeouts(), limit: Int = 9) -> [Session] {
            var ended: [Session] = []
            table.removeExpired(at: SteadyTime(milliseconds: now), idle, limit: limit, to: &ended)
            return ended
        }
        func takeUnsaved() -> [SeenSession] { table.takeUnsaved() }
    }

    private let user = LiveUser(.ada())

    private func session(_ id: SessionID, until end: Int64 = .max, seen: Int64 = 0) -> Session {
        Session(
            user: user,
            entry: SessionEntry(
                id: id, createdAt: WallTime(milliseconds: 0), authenticatedAt: SteadyTime(milliseconds: 0),
                endsAt: SteadyTime(milliseconds: end), seenAt: SteadyTime(milliseconds: seen),
                credentialVersion: 1, isRemembered: false))
    }

    @Test func aSessionTakes64Octets() {
        #expect(SessionTable.placeSize == 64)
    }

    /// Names that all want the same few places, so that runs are long and go round the end of the shard.table.
    @Test(arguments: [UInt64(1), 3, 50, .max])
    func doesWhatADictionaryDoes(homes: UInt64) {
        var random = SplitMix(seed: homes)
        let shard = Shard()
        var model: [SessionID: Int64] = [:]
        for step in 0..<20_000 as Range<UInt64> {
            let low = homes == .max ? random.next() : .max - random.next() % homes * (.max / 60)
            switch random.next() % 8 {
            case 0...3:
                let end = Int64(random.next() % 40_000)
                let id = SessionID(high: step, low: low)
                #expect(shard.insert(session(id, until: end)))
                #expect(!shard.insert(session(id, until: 1)))
                model[id] = end
            case 4...6:
                guard let id = model.keys.randomElement(using: &random) else { continue }
                #expect(shard.remove(id)?.endsAt.milliseconds == model.removeValue(forKey: id))
                #expect(shard.remove(id) == nil)
            default:
                let limit = Int(random.next() % 30)
                let now = Int64(step * 2)
                let removed = shard.removeExpired(now, limit: limit)
                #expect(removed.count == min(limit, model.values.count { $0 <= now }))
                for session in removed {
                    #expect(model.removeValue(forKey: session.id).map { $0 <= now } == true)
                }
            }
            #expect(shard.table.count == model.count)
        }
        for (id, end) in model {
            let found = shard.table.index(of: id).map { shard.table[$0].endsAt.milliseconds }
            #expect(found == end)
        }
    }

    @Test func growsAndGivesBackItsMemory() {
        let shard = Shard()
        let ids = (0..<10_000).map { _ in SessionID(.random()) }
        for id in ids { #expect(shard.insert(session(id))) }
        #expect(shard.table.capacity < 20_100)
        for id in ids.dropFirst(100) { #expect(shard.remove(id) != nil) }
        #expect(shard.table.capacity <= 800)
        #expect(ids.prefix(100).allSatisfy { shard.table.index(of: $0) != nil })
        for id in ids.prefix(100) { #expect(shard.remove(id) != nil) }
        #expect(shard.table.capacity == 0)
        #expect(shard.table.nextDeadline == .never)
    }

    @Test func looksAtNothingBeforeTheFirstDeadline() {
        let shard = Shard()
        for end in [50, 20, 30] as [Int64] {
            #expect(shard.insert(session(SessionID(.random()), until: end)))
        }
        #expect(shard.table.nextDeadline == SteadyTime(milliseconds: 20))
        #expect(shard.removeExpired(19, limit: 9).isEmpty)
        #expect(
            shard.removeExpired(20, limit: 9).count == 1)
        #expect(shard.table.nextDeadline == SteadyTime(milliseconds: 30))
    }

    @Test func aRequestPutsTheIdleDeadlineOff() throws {
        let idle = IdleTimeouts(ordinary: 100, remembered: .max)
        let shard = Shard()
        let id = SessionID(.random())
        #expect(shard.insert(session(id, until: 1_000), idle))
        #expect(shard.table.nextDeadline == SteadyTime(milliseconds: 100))
        shard.table.see(try #require(shard.table.index(of: id)), at: SteadyTime(milliseconds: 60))
        #expect(shard.removeExpired(159, idle, limit: 9).isEmpty)
        #expect(shard.table.nextDeadline == SteadyTime(milliseconds: 160))
        #expect(shard.removeExpired(160, idle, limit: 9).count == 1)
    }

    @Test func givesOutOnceWhatIsToBeSaved() throws {
        let shard = Shard()
        let (one, two) = (SessionID(.random()), SessionID(.random()))
        for id in [one, two] { #expect(shard.insert(session(id))) }
        #expect(shard.takeUnsaved().isEmpty)
        shard.table.see(try #require(shard.table.index(of: two)), at: SteadyTime(milliseconds: 5))
        #expect(shard.takeUnsaved().map(\.id) == [two])
        #expect(shard.takeUnsaved().isEmpty)
        shard.table.markUnsaved(two)
        shard.table.markUnsaved(SessionID(.random()))
        #expect(shard.takeUnsaved().map(\.at) == [SteadyTime(milliseconds: 5)])
    }
}
