import Glibc
import Synchronization
import Testing
import Workers

@Suite struct WorkerThreadTests {
    @Test func hasRunItsBodyWhenJoined() {
        let ran = Mutex(false)
        let thread = WorkerThread.start(name: "test") { ran.withLock { $0 = true } }
        thread.join()
        #expect(ran.withLock { $0 })
        thread.join()
    }

    /// A thread may let go of the last that holds it, whose `deinit` joins it.
    @Test(.timeLimit(.minutes(1))) func aThreadThatJoinsItselfGoesOn() {
        let (known, ended) = (Monitor<WorkerThread?>(nil), Monitor(false))
        let thread = WorkerThread.start(name: "test") {
            known.wait { $0 }.join()
            ended.withLock { $0 = true }
            ended.notifyOne()
        }
        known.withLock { $0 = thread }
        known.notifyOne()
        ended.wait { $0 ? () : nil }
        thread.join()
    }

    @Test func bearsItsNameCutAtFifteenBytes() {
        let seen = Mutex("")
        let thread = WorkerThread.start(name: "a-rather-long-name") {
            let file = open("/proc/thread-self/comm", O_RDONLY)
            var name = [UInt8](repeating: 0, count: 64)
            let count = read(file, &name, name.count)
            close(file)
            seen.withLock { $0 = String(decoding: name.prefix(max(count, 0)), as: UTF8.self) }
        }
        thread.join()
        #expect(seen.withLock { $0 } == "a-rather-long-n\n")
    }

    /// 12 MiB of frames, which the usual 8 MiB would not hold.
    @Test func hasTheStackItWasPromised() {
        let depth = Mutex(0)
        let thread = WorkerThread.start(name: "test", stackSize: 64 << 20) {
            let reached = Self.descend(3_000)
            depth.withLock { $0 = reached }
        }
        thread.join()
        #expect(depth.withLock { $0 } == 3_000)
    }

    /// Each step has 4 KiB on the stack.
    @inline(never) private static func descend(_ steps: Int) -> Int {
        if steps == 0 { return 0 }
        let frame = InlineArray<512, UInt64>(repeating: UInt64(steps))
        let below = descend(steps - 1)
        return below + (frame[below % 512] == UInt64(steps) ? 1 : 0)
    }

    @Test func blocksTheSignalsThatStopOrReloadTheServer() {
        let blocked = Mutex<[Int32]>([])
        // The test's own thread blocks every signal, which a new one would inherit.
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        let thread = WorkerThread.start(name: "test") {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            let found = [SIGTERM, SIGINT, SIGHUP, SIGUSR1].filter { sigismember(&mask, $0) == 1 }
            blocked.withLock { $0 = found }
        }
        thread.join()
        pthread_sigmask(SIG_SETMASK, &before, nil)
        #expect(blocked.withLock { $0 } == [SIGTERM, SIGINT, SIGHUP])
    }

    @Test func leavesTheSignalsOfItsCreatorAlone() {
        var (none, before, after) = (sigset_t(), sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        WorkerThread.start(name: "test") {}.join()
        pthread_sigmask(SIG_SETMASK, &before, &after)
        #expect(sigismember(&after, SIGTERM) == 0)
    }
}
