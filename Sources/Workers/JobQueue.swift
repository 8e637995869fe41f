import Dispatch
import Synchronization

/// Jobs in order of arrival, up to a number.
///
/// The semaphore counts jobs plus, once closed, one farewell a thread.
final class JobQueue: Sendable {
    typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var isOpen = true
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)
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
        if accepted { available.signal() }
        return accepted
    }

    /// Waits for a job; nil when the queue is closed and empty.
    func next() -> Job? {
        available.wait()
        return state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }

    /// Ends the waiting of this many threads once the jobs are done.
    func close(wakingUp threads: Int) {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        guard wasOpen else { return }
        for _ in 0..<threads { available.signal() }
    }
}
