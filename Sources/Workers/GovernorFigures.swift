import Synchronization
public import Telemetry

/// What a governor has done since it began.
public final class GovernorFigures: Sendable {
    /// How long jobs waited that were begun.
    public let waited = Histogram()
    /// How long they took then.
    public let took = Histogram()
    private let refusals = Atomic(0)

    /// Jobs that were never begun: there was no place for them, they waited for too long, or would never fit.
    public var refused: Int { refusals.load(ordering: .relaxed) }

    /// A job was done, in microseconds.
    func note(waited: Int64, took: Int64) {
        self.waited.record(nanoseconds: Int(waited) * 1_000)
        self.took.record(nanoseconds: Int(took) * 1_000)
    }

    func refuse() {
        refusals.add(1, ordering: .relaxed)
    }
}
