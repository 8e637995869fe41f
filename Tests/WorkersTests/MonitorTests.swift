import Testing
import Workers

@Suite struct MonitorTests {
    @Test func countsEveryOneOfManyThreadsChanges() {
        let count = Monitor(0)
        let threads = (0..<4).map { _ in
            WorkerThread.start(name: "test") {
                for _ in 0..<10_000 { count.withLock { $0 += 1 } }
            }
        }
        for thread in threads { thread.join() }
        #expect(count.withLock { $0 } == 40_000)
    }

    @Test func waitsUntilEveryThreadHasArrived() {
        let arrived = Monitor(0)
        let seen = Monitor<[Int]>([])
        let threads = (1...3).map { _ in
            WorkerThread.start(name: "test") {
                arrived.withLock { $0 += 1 }
                arrived.notifyAll()
                seen.withLock { $0.append(arrived.wait { $0 == 3 ? $0 : nil }) }
            }
        }
        for thread in threads { thread.join() }
        #expect(seen.withLock { $0 } == [3, 3, 3])
    }

    @Test func doesNotWaitForWhatIsThereAlready() {
        #expect(Monitor(7).wait { $0 } == 7)
    }
}
