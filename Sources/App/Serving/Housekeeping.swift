import Auth
import Synchronization
import Telemetry

/// What is done every second, on a loop: in slices so small that no request notices.
final class Housekeeping: Sendable {
    private let accounts: Accounts
    private let logger: Logger
    private let overload: OverloadLog
    private let start: Moment
    private let ticks = Atomic(0)
    private let swept = Atomic(0)

    /// Sessions that one slice frees: some hundred microseconds.
    private static let slice = 256

    /// Ticks between two looks for expired rows on disk. They are harmless meanwhile: a start passes over them.
    private static let diskInterval = 60
    /// Rows that one transaction deletes, so that no sign-in waits long for it.
    private static let batch = 1_000

    /// `start` is when the sessions were restored.
    init(accounts: Accounts, logger: Logger, overload: OverloadLog, start: Moment) {
        self.accounts = accounts
        self.logger = logger
        self.overload = overload
        self.start = start
    }

    /// Once a second, and while it returns true, again soon.
    @Sendable func tick() -> Bool {
        let now = SystemClock.now()
        let freed = accounts.sessions.sweep(at: now.steady, budget: Self.slice)
        swept.add(freed, ordering: .relaxed)
        if freed == Self.slice { return true }
        overload.write()
        let total = swept.exchange(0, ordering: .relaxed)
        if total > 0 {
            logger.log(.info, "swept", ["expired": .int(total), "live": .int(accounts.sessions.count)])
        }
        if ticks.add(1, ordering: .relaxed).newValue % Self.diskInterval == 0 { deleteExpired(at: now) }
        return false
    }

    private func deleteExpired(at now: Moment) {
        let wall = trustedWall(at: now)
        Task { [accounts, logger] in
            do {
                while try await accounts.deleteExpiredSessions(before: wall, limit: Self.batch) == Self.batch
                {}
            } catch {
                logger.log(.error, "deleting expired sessions", ["cause": .string(String(describing: error))])
            }
        }
    }

    /// The wall clock, unless it was set forward since the start: a row that is gone cannot come back when the mistake
    /// is corrected, and its session, which goes by the steady clock, still lives.
    func trustedWall(at now: Moment) -> WallTime {
        let passed = now.steady.milliseconds - start.steady.milliseconds
        return min(now.wall, WallTime(milliseconds: start.wall.milliseconds + passed))
    }
}
