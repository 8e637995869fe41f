/// Jobs in order of arrival, up to a number.
final class JobQueue: Sendable {
    typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var isOpen = true
    }

    private let state = Monitor(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { state.withLock { $0.jobs.count } }

    /// False, without taking the job, when the queue is full or closed.
    func append(_ job: @escaping Job) -> Bool {
        let accepted = state.withLock { state in
            guard state.isOpen, state.jobs.count < capacity else { return false }
            state.jobs.append(job)
            return true
        }
        if accepted { state.notifyOne() }
        return accepted
    }

    /// Waits for a job; nil when the queue is closed and empty.
    func next() -> Job? {
        state.wait { state -> Job?? in
            if state.jobs.isEmpty { return state.isOpen ? nil : .some(nil) }
            return state.jobs.removeFirst()
        }
    }

    /// Refuses new jobs and ends the waiting once the others are done.
    func close() {
        state.withLock { $0.isOpen = false }
        state.notifyAll()
    }
}
