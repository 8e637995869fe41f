import Synchronization

/// Whether a load balancer should send requests here.
final class Readiness: Sendable {
    private let isStopping = Atomic(false)

    /// From now on the answer is no.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Whether the server goes on.
    var isServing: Bool { !isStopping.load(ordering: .relaxed) }
}
