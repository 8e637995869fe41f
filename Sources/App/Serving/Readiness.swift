import Synchronization

/// Whether a load balancer should send requests here.
final class Readiness: Sendable {
    private let isStopping = Atomic(false)
    private let takesChanges: @Sendable () -> Bool

    /// `takesChanges`: whether the store is likely to write the next change.
    init(takesChanges: @escaping @Sendable () -> Bool = { true }) {
        self.takesChanges = takesChanges
    }

    /// From now on the answer is no.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
    }

    /// Whether sign-ins and sign-outs are likely to be written.
    var canWrite: Bool { takesChanges() }

    /// Whether the server goes on.
    var isServing: Bool { !isStopping.load(ordering: .relaxed) }
}
