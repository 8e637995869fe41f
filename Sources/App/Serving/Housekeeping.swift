import Auth
import Server
import Synchronization
import Telemetry

/// What is done every second, on a loop: in slices so small that no request notices.
final class Housekeeping: Sendable {
    private let current: @Sendable () -> Accounts
    private let logger: Logger
    private let overload: OverloadLog
    /// How far the wall clock was ahead of the steady one when it was so the least, in milliseconds.
    private let leastLead: Atomic<Int64>
    private let ticks = Atomic(0)
    private let swept = Atomic(0)
    private let longest = Atomic<Int64>(0)
    private let isWriting = Atomic(false)
    /// Whether the allocator keeps what is freed, since a crowd ends in this round.
    private let holds = Atomic(false)
    private let heap: Heap

    /// What the allocator is told.
    struct Heap: Sendable {
        var hold: @Sendable () -> Void = HeapTrim.hold
        var giveBack: @Sendable () -> Void = HeapTrim.giveBack
    }

    /// Sessions that have to end in one round for their memory to be worth giving back, which is work on all heaps.
    static let crowd = 10_000

    /// Sessions that one slice frees, and microseconds that it takes, at most.
    private static let slice = (sessions: 64, microseconds: Int64(500))

    /// Ticks between two looks for expired rows on disk. They are harmless meanwhile: a start passes over them.
    private static let diskInterval = 60

    /// `start` is when the sessions were restored. `accounts` are asked for each time.
    init(
        accounts: @escaping @autoclosure @Sendable () -> Accounts, logger: Logger, overload: OverloadLog,
        start: Moment, heap: Heap = Heap()
    ) {
        current = accounts
        self.heap = heap
        self.logger = logger
        self.overload = overload
        leastLead = Atomic(start.wall.milliseconds - start.steady.milliseconds)
    }

    /// Once a second, and while it returns true, again soon.
    @Sendable func tick() -> Bool {
        let now = SystemClock.now()
        let accounts = current()
        let start = SystemClock.microseconds()
        let slice = accounts.sweepSessions(at: now, budget: Self.slice.sessions) {
            SystemClock.microseconds() - start >= Self.slice.microseconds
        }
        longest.max(SystemClock.microseconds() - start, ordering: .relaxed)
        let ended = swept.add(slice.ended, ordering: .relaxed).newValue
        guard slice.isComplete else {
            if ended >= Self.crowd, !holds.exchange(true, ordering: .relaxed) { heap.hold() }
            return true
        }
        overload.write()
        let total = swept.exchange(0, ordering: .relaxed)
        if holds.exchange(false, ordering: .relaxed) { heap.giveBack() }
        if total > 0 {
            // How long requests on this loop waited for it at most.
            let pause = longest.exchange(0, ordering: .relaxed)
            logger.log(
                .info, "swept",
                [
                    "expired": .int(total), "live": .int(accounts.sessions.count),
                    "longest_us": .int(Int(pause)),
                ])
        }
        let sweepsDisk = ticks.add(1, ordering: .relaxed).newValue % Self.diskInterval == 0
        bringDiskUpToDate(accounts, at: now, sweeping: sweepsDisk)
        return false
    }

    private func bringDiskUpToDate(_ accounts: Accounts, at now: Moment, sweeping: Bool) {
        let wall = trustedWall(at: now)
        // One at a time: while the disk hangs they would pile up.
        guard !isWriting.exchange(true, ordering: .acquiring) else { return }
        let unsaved = accounts.takeUnsaved(every: .seconds(1))
        let used = accounts.takeUsedCredentials(at: now)
        guard sweeping || !unsaved.isEmpty || !used.isEmpty || accounts.hasStaleRows else {
            // Most of the time: no thread is woken for nothing.
            isWriting.store(false, ordering: .releasing)
            return
        }
        Task { [self] in
            defer { isWriting.store(false, ordering: .releasing) }
            do {
                // Beside each other: what cannot be saved comes again, whichever fails.
                async let saved: Void = accounts.save(used)
                try await accounts.save(unsaved, at: now)
                try await saved
                try await accounts.deleteStaleRows()
                if sweeping { try await accounts.deleteExpiredSessions(before: wall) }
            } catch {
                logger.log(.error, "writing about sessions", ["cause": .string(String(describing: error))])
            }
        }
    }

    /// The wall clock, unless it was set forward since the start: a row that is gone cannot come back when the mistake
    /// is corrected, and its session, which goes by the steady clock, still lives. Once set back it stays so: the rows
    /// of sessions that began meanwhile have early times.
    func trustedWall(at now: Moment) -> WallTime {
        let lead = now.wall.milliseconds - now.steady.milliseconds
        let least = leastLead.min(lead, ordering: .relaxed).newValue
        return WallTime(milliseconds: now.steady.milliseconds + least)
    }
}
