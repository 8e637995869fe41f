import Dispatch
import Synchronization
import Telemetry
import Testing

@testable import Workers

@Suite(.timeLimit(.minutes(1))) struct GovernorTests {
    private typealias Subject = Governor<String>

    private let bench = Bench()

    @Test func returnsWhatTheWorkReturnsAndThrowsWhatItThrows() async throws {
        struct Failure: Error, Equatable {}
        let governor = bench.governor()
        #expect(try await governor.run(.ordinary, "a") { 6 * 7 } == 42)
        await #expect(throws: Failure()) { try await governor.run(.ordinary, "a") { throw Failure() } }
        #expect(try await governor.run(.preferred, "a") { true })
        governor.stop()
    }

    /// A hundred of one source wait; whoever is known begins next, and a stranger from elsewhere after one of them.
    @Test func aFloodStarvesNeitherKnownDevicesNorOtherHouseholds() async throws {
        let governor = bench.governor(capacity: 100)
        let held = await bench.hold(governor)
        for number in 1...100 { await bench.enqueue("flood \(number)", .ordinary, "flood", on: governor) }
        await bench.enqueue("stranger", .ordinary, "elsewhere", on: governor, displacing: true)
        await bench.enqueue("known", .preferred, "flood", on: governor, displacing: true)
        held.release()
        while governor.waiting > 0 { await Task.yield() }
        governor.stop()
        #expect(bench.order.prefix(4) == ["known", "flood 1", "stranger", "flood 2"])
        #expect(bench.order.count == 100)
        #expect(Set(bench.refused.keys) == ["flood 100", "flood 99"])
        #expect(bench.refused.values.allSatisfy { $0 is WorkerPool.Overloaded })
    }

    @Test func refusesAtOnceWhatThereIsNoPlaceFor() async throws {
        let governor = bench.governor(capacity: 1)
        let held = await bench.hold(governor)
        await bench.enqueue("first", .ordinary, "a", on: governor)
        await #expect(throws: WorkerPool.Overloaded()) { try await governor.run(.ordinary, "b") {} }
        held.release()
        governor.stop()
    }

    @Test func jobsBeginOnlyWhenTheirMemoryFits() async throws {
        let governor = bench.governor(threads: 3, memory: 100)
        let first = await bench.hold(governor, memory: 60)
        let second = await bench.hold(governor, memory: 40)
        await bench.enqueue("large", .ordinary, "a", memory: 41, on: governor)
        // It would fit, but would overtake.
        await bench.enqueue("small", .ordinary, "b", memory: 0, on: governor)
        second.release()
        await second.isOver()
        #expect(governor.waiting == 2 && bench.order == [])
        first.release()
        while governor.waiting > 0 { await Task.yield() }
        governor.stop()
        #expect(Set(bench.order) == ["large", "small"])
    }

    @Test func whatFillsTheBudgetRunsAndOneMoreNeverFits() async throws {
        let governor = bench.governor(memory: 100)
        #expect(try await governor.run(.ordinary, "a", memory: 100) { true })
        await #expect(throws: NeverFits(memory: 101, budget: 100)) {
            try await governor.run(.ordinary, "a", memory: 101) {}
        }
        #expect(try await governor.run(.ordinary, "a", memory: 100) { true })
        governor.stop()
    }

    @Test func anotherBudgetHoldsForWhatWaits() async throws {
        let governor = bench.governor(threads: 2, memory: 100)
        let held = await bench.hold(governor, memory: 100)
        await bench.enqueue("next", .ordinary, "a", memory: 100, on: governor)
        governor.limits.memory = 200
        while bench.order.isEmpty { await Task.yield() }
        governor.limits.memory = 99
        await #expect(throws: NeverFits(memory: 100, budget: 99)) {
            try await governor.run(.ordinary, "a", memory: 100) {}
        }
        held.release()
        governor.stop()
    }

    @Test func whatNobodyWaitsForAnyMoreIsNotDone() async throws {
        let governor = bench.governor(patience: 30)
        let held = await bench.hold(governor)
        await bench.enqueue("old", .ordinary, "a", on: governor)
        bench.now.add(1, ordering: .relaxed)
        await bench.enqueue("in time", .ordinary, "b", on: governor)
        bench.now.add(30, ordering: .relaxed)
        held.release()
        while governor.waiting > 0 { await Task.yield() }
        governor.stop()
        #expect(bench.order == ["in time"])
        while bench.refused.isEmpty { await Task.yield() }
        #expect(bench.refused["old"] is WorkerPool.Overloaded)
    }

    @Test(arguments: [(0, 1), (999, 2), (1_000, 2), (1_001, 3), (9_999, 20), (1_000_000, 30)])
    func saysWhenTheQueueWillBeDone(_ milliseconds: Int64, _ seconds: Int) async throws {
        let governor = bench.governor(capacity: 1)
        let held = await bench.hold(governor)
        bench.now.add(milliseconds * 1_000, ordering: .relaxed)
        held.release()
        await held.isOver()
        let next = await bench.hold(governor)
        await bench.enqueue("waits", .ordinary, "a", on: governor)
        // Two hashes: the one that waits and this one.
        await #expect(throws: WorkerPool.Overloaded(retryAfter: seconds)) {
            try await governor.run(.ordinary, "b") {}
        }
        next.release()
        governor.stop()
    }

    @Test func countsHowLongJobsWaitedAndTook() async throws {
        let governor = bench.governor(capacity: 1)
        let held = await bench.hold(governor)
        bench.now.add(40, ordering: .relaxed)
        await bench.enqueue("waits", .ordinary, "a", on: governor)
        await #expect(throws: WorkerPool.Overloaded.self) { try await governor.run(.ordinary, "b") {} }
        bench.now.add(70, ordering: .relaxed)
        held.release()
        while governor.figures.took.reading.count < 2 { await Task.yield() }
        governor.stop()
        // The first did not wait and took 110 µs, the second waited for 70 and took none.
        let (waited, took) = (governor.figures.waited.reading, governor.figures.took.reading)
        #expect(waited.counts.prefix(3) == [1, 1, 0] && waited.nanoseconds == 70_000)
        #expect(took.counts.prefix(3) == [1, 0, 1] && took.nanoseconds == 110_000)
        #expect(governor.figures.refused == 1)
    }

    @Test func aStopRefusesWhatWaitsAndLetsEndWhatRuns() async throws {
        let governor = bench.governor()
        let held = await bench.hold(governor)
        await bench.enqueue("waits", .ordinary, "a", on: governor)
        let stopping = Task { [pool = WorkerPool(name: "stop", threads: 1, capacity: 1)] in
            try await pool.run { governor.stop() }
        }
        while true {
            // Refused at once: it is closed.
            do { try await governor.run(.preferred, "b") {} } catch { break }
        }
        held.release()
        try await stopping.value
        await held.isOver()
        #expect(bench.order == [])
        while bench.refused.isEmpty { await Task.yield() }
        #expect(bench.refused["waits"] is WorkerPool.Overloaded)
    }

    @Test func theThreadsEndWithTheGovernor() async throws {
        var governor: Subject? = bench.governor()
        #expect(try await governor?.run(.ordinary, "a") { true } == true)
        weak let gone = governor
        governor = nil
        #expect(gone == nil)
    }
}

/// Makes governors whose clock is turned by hand, and notes what became of jobs.
private final class Bench: Sendable {
    /// Microseconds.
    let now = Atomic<Int64>(1_000)
    private let done = Mutex<[String]>([])
    private let failed = Mutex<[String: any Error]>([:])

    /// The jobs that ran, in order.
    var order: [String] { done.withLock { $0 } }
    var refused: [String: any Error] { failed.withLock { $0 } }

    func governor(
        threads: Int = 1, capacity: Int = 10, memory: Int = 0, patience: Int64 = .max
    ) -> Governor<String> {
        Governor(
            name: "test", threads: threads, capacity: capacity,
            limits: .init(memory: memory, patience: patience)
        ) { [self] in now.load(ordering: .relaxed) }
    }

    /// Returns when the job waits, in the place of another if so, or runs.
    func enqueue(
        _ job: String, _ lane: Lane, _ source: String, memory: Int = 0, on governor: Governor<String>,
        displacing: Bool = false
    ) async {
        let (before, failures) = (governor.waiting, refused.count)
        Task {
            do {
                try await governor.run(lane, source, memory: memory) { [self] in
                    done.withLock { $0.append(job) }
                }
            } catch {
                failed.withLock { $0[job] = error }
            }
        }
        if displacing {
            while refused.count == failures { await Task.yield() }
        } else {
            while governor.waiting == before { await Task.yield() }
        }
    }

    /// A job that runs until it is let go.
    func hold(_ governor: Governor<String>, memory: Int = 0) async -> Held {
        let held = Held()
        Task {
            try await governor.run(.preferred, "held", memory: memory, held.run)
            held.over.store(true, ordering: .releasing)
        }
        while !held.hasBegun.load(ordering: .acquiring) { await Task.yield() }
        return held
    }
}

private final class Held: Sendable {
    let hasBegun = Atomic(false)
    let over = Atomic(false)
    private let gate = DispatchSemaphore(value: 0)

    @Sendable func run() {
        hasBegun.store(true, ordering: .releasing)
        gate.wait()
    }

    func release() {
        gate.signal()
    }

    func isOver() async {
        while !over.load(ordering: .acquiring) { await Task.yield() }
    }
}

extension Governor {
    fileprivate func run<T: Sendable>(
        _ lane: Lane, _ source: Source, memory: Int = 0, _ work: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await run(Place(lane, source), memory: memory, work)
    }
}
