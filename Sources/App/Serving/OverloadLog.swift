import HTTP
import Synchronization
import Telemetry

/// Sums up what the loops report of overload, so that a flood of connections or requests is no flood of lines.
final class OverloadLog: Sendable {
    private let shed = Atomic(0)
    private let pauses = Atomic(0)
    private let refused = Atomic(0)
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Takes a report. On any loop.
    @Sendable func take(_ report: Responder.Report) {
        switch report {
        case .shedConnections(let count): shed.add(count, ordering: .relaxed)
        case .pausedAccepting: pauses.add(1, ordering: .relaxed)
        }
    }

    /// A request was answered 503 because a queue was full. On any loop.
    func refuse() {
        refused.add(1, ordering: .relaxed)
    }

    /// Writes what there is to say. Once a second.
    func write() {
        let refused = self.refused.exchange(0, ordering: .relaxed)
        if refused > 0 { logger.log(.warning, "overloaded", ["requests": .int(refused)]) }
        let (shed, pauses) = (shed.exchange(0, ordering: .relaxed), pauses.exchange(0, ordering: .relaxed))
        guard shed > 0 || pauses > 0 else { return }
        // Pauses: accepting rested because the system had no descriptor or memory for another connection.
        logger.log(.warning, "too many connections", ["shed": .int(shed), "pauses": .int(pauses)])
    }
}
