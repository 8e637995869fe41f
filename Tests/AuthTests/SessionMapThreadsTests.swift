import Crypto
import Synchronization
import TestSupport
import Testing
import Workers

@testable import Auth

/// The map under eight threads that do whatever comes to their minds.
@Suite struct SessionMapThreadsTests {
    private static let threads = 8
    #if DEBUG
        private static let steps = 4_000
    #else
        private static let steps = 40_000
    #endif

    private let render = UserRendering.none

    private func session(_ id: SessionID, of user: User, until end: SteadyTime? = nil) -> NewSession {
        NewSession(
            id: id, user: user, createdAt: WallTime(milliseconds: 0),
            authenticatedAt: SteadyTime(milliseconds: 0), endsAt: end)
    }

    /// Runs `body` on eight threads at once and waits for them.
    private func onThreads(_ body: @escaping @Sendable (Int) -> Void) {
        let threads = (0..<Self.threads).map { number in
            WorkerThread.start(name: "test-\(number)") { body(number) }
        }
        for thread in threads { thread.join() }
    }

    @Test func theCountNeverDrifts() {
        let map = SessionMap(render: render)
        let users = (0..<5).map { _ in UserID.random() }
        let inserted = Monitor<[SessionID]>([])
        onThreads { number in
            var random = SplitMix(seed: UInt64(number))
            var mine: [SessionID] = []
            for step in 0..<Int64(Self.steps) {
                let user = users.randomElement(using: &random)!
                let now = SteadyTime(milliseconds: step)
                switch Int.random(in: 0..<100, using: &random) {
                case 0..<45:
                    let id = SessionID(.random())
                    let end = Bool.random(using: &random) ? nil : now + .milliseconds(50)
                    mine.append(id)
                    map.insert(session(id, of: .ada(id: user, updatedAt: step), until: end))
                case 45..<70:
                    if let id = mine.randomElement(using: &random) { map.remove(id) }
                case 70..<90:
                    if let id = mine.randomElement(using: &random) {
                        _ = map.find(id, at: now)?.user.current(render)
                    }
                case 90..<95: map.update(.ada(id: user, firstName: "\(step)", updatedAt: step))
                case 95..<98: _ = map.sweep(at: now, budget: 20)
                case 98: map.removeAll(of: user)
                default: map.removeAll(of: user, provedBefore: 1)
                }
            }
            inserted.withLock { $0 += mine }
        }
        let ids = inserted.withLock { $0 }
        let start = SteadyTime(milliseconds: 0)
        #expect(map.count == ids.count { map.peek($0, at: start) != nil })
        for id in ids { map.remove(id) }
        #expect(map.count == 0)
        for user in users { #expect(map.removeAll(of: user) == 0) }
    }

    @Test func ofEightThreadsThatEndASessionOneDoes() {
        let map = SessionMap(render: render)
        let user = User.ada()
        let ids = (0..<1_000).map { _ in SessionID(.random()) }
        for id in ids { map.insert(session(id, of: user)) }
        let ended = Atomic(0)
        onThreads { number in
            if number == 0 { ended.add(map.removeAll(of: user.id), ordering: .relaxed) }
            for id in ids where map.remove(id) { ended.add(1, ordering: .relaxed) }
        }
        #expect(ended.load(ordering: .relaxed) == 1_000)
        #expect(map.count == 0)
    }

    @Test func theNewestOfManyUpdatesStays() {
        let map = SessionMap(render: render)
        let user = UserID.random()
        let id = SessionID(.random())
        map.insert(session(id, of: .ada(id: user)))
        onThreads { number in
            for step in 1...1_000 {
                let time = Int64(step * Self.threads + number)
                map.update(.ada(id: user, firstName: "\(time)", updatedAt: time))
            }
        }
        let last = Int64(1_000 * Self.threads + Self.threads - 1)
        let current = map.find(id, at: SteadyTime(milliseconds: 0))?.user.current(render).user
        #expect(current?.updatedAt == WallTime(milliseconds: last))
        #expect(current?.firstName == "\(last)")
    }
}
