import Auth
import Synchronization
import Telemetry

/// What is done every second, on a loop: small enough that no request notices.
final class Housekeeping: Sendable {
    private let accounts: Accounts
    private let logger: Logger
    private let ticks = Atomic(0)

    /// Ticks between two looks for expired rows on disk. They are harmless meanwhile: a start passes over them.
    private static let diskInterval = 60

    init(accounts: Accounts, logger: Logger) {
        self.accounts = accounts
        self.logger = logger
    }

    @Sendable func tick() {
        let now = SystemClock.now()
        let swept = accounts.sessions.sweep(at: now.steady)
        if swept > 0 {
            logger.log(.info, "swept", ["expired": .int(swept), "live": .int(accounts.sessions.count)])
        }
        guard ticks.add(1, ordering: .relaxed).newValue % Self.diskInterval == 0 else { return }
        Task { [accounts, logger] in
            do {
                try await accounts.deleteExpiredSessions(at: now)
            } catch {
                logger.log(.error, "deleting expired sessions", ["cause": .string(String(describing: error))])
            }
        }
    }
}
