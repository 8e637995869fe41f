import Dispatch
import Glibc
import Synchronization
import Testing
import Workers

@Suite struct WorkerPoolTests {
    private struct Failure: Error, Equatable {}

    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    @Test func returnsWhatTheWorkReturns() async throws {
        let pool = WorkerPool(name: "test", threads: 2, capacity: 4)
        #expect(try await pool.run { 6 * 7 } == 42)
        pool.stop()
    }

    @Test func throwsWhatTheWorkThrowsAndGoesOn() async throws {
        let pool = WorkerPool(name: "test", threads: 1, capacity: 4)
        await #expect(throws: Failure()) { try await pool.run { throw Failure() } }
        #expect(try await pool.run { true })
        pool.stop()
    }

    /// One job blocks the only thread; `capacity` more are accepted and the next is refused while all of them wait.
    @Test(.timeLimit(.minutes(1))) func refusesAtOnceTheFirstJobBeyondItsCapacity() async throws {
        let pool = WorkerPool(name: "test", threads: 1, capacity: 3)
        let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await pool.run {
                    started.signal()
                    gate.wait()
                    return 0
                }
            }
            await wait(for: started)
            for number in 1...3 { group.addTask { try await pool.run { number } } }
            while pool.waiting < 3 { await Task.yield() }
            await #expect(throws: WorkerPool.Overloaded.self) { try await pool.run { 4 } }
            #expect(pool.waiting == 3)
            gate.signal()
            var answers: Set<Int> = []
            for try await answer in group { answers.insert(answer) }
            #expect(answers == [0, 1, 2, 3])
        }
        #expect(pool.waiting == 0)
        #expect(try await pool.run { 5 } == 5)
        pool.stop()
    }

    @Test func runsAsManyJobsAtOnceAsItHasThreads() async throws {
        let pool = WorkerPool(name: "test", threads: 3, capacity: 3)
        let (arrived, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await pool.run {
                        arrived.signal()
                        gate.wait()
                    }
                }
            }
            for _ in 0..<3 { await wait(for: arrived) }
            for _ in 0..<3 { gate.signal() }
            try await group.waitForAll()
        }
        pool.stop()
    }

    @Test func finishesWhatWaitsBeforeItStops() async throws {
        let pool = WorkerPool(name: "test", threads: 1, capacity: 100)
        let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let done = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await pool.run {
                    started.signal()
                    gate.wait()
                }
            }
            await wait(for: started)
            for _ in 0..<100 { group.addTask { try await pool.run { done.value.withLock { $0 += 1 } } } }
            while pool.waiting < 100 { await Task.yield() }
            gate.signal()
            pool.stop()
            #expect(done.value.withLock { $0 } == 100)
            try await group.waitForAll()
        }
    }

    @Test func refusesEverythingOnceStopped() async throws {
        let pool = WorkerPool(name: "test", threads: 2, capacity: 4)
        pool.stop()
        pool.stop()
        await #expect(throws: WorkerPool.Overloaded.self) { try await pool.run { 1 } }
    }

    /// Each caller gets its own answer, and every call is answered once: run or refused.
    @Test func answersEveryCallOfMany() async throws {
        let pool = WorkerPool(name: "test", threads: 4, capacity: 64)
        let counts = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<5_000 {
                group.addTask {
                    do {
                        let answer = try await pool.run { number }
                        #expect(answer == number)
                        return true
                    } catch {
                        #expect(error is WorkerPool.Overloaded)
                        return false
                    }
                }
            }
            return await group.reduce(into: (run: 0, refused: 0)) { counts, ran in
                if ran { counts.run += 1 } else { counts.refused += 1 }
            }
        }
        #expect(counts.run + counts.refused == 5_000)
        #expect(counts.run >= 64)
        pool.stop()
    }

    @Test func lowersThePriorityOfItsThreadsAlone() async throws {
        let pool = WorkerPool(name: "test", threads: 1, capacity: 1, niceness: 7)
        let before = getpriority(Int32(PRIO_PROCESS.rawValue), 0)
        #expect(try await pool.run { getpriority(Int32(PRIO_PROCESS.rawValue), 0) } == before + 7)
        #expect(getpriority(Int32(PRIO_PROCESS.rawValue), 0) == before)
        pool.stop()
    }

    private func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }
}
