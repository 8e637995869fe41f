/// A fixed number of threads for work that computes long or waits for a disk, with a bounded queue before them.
public final class WorkerPool: Sendable {
    /// The queue is full, or the pool has stopped: becomes 503 with `Retry-After`.
    public struct Overloaded: Error, Sendable, Equatable {
        /// Seconds after which it may be otherwise.
        public var retryAfter: Int

        /// Overload; by default one that may be over in a second.
        public init(retryAfter: Int = 1) {
            self.retryAfter = retryAfter
        }
    }

    private let queue: JobQueue
    private let threads: [WorkerThread]

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: of the threads, followed by their number.
    ///   - threads: how many jobs run at once.
    ///   - capacity: how many more may wait.
    ///   - niceness: steps of nice(2) by which the threads stand behind the others; default 0.
    public init(name: String, threads: Int, capacity: Int, niceness: Int = 0) {
        precondition(threads > 0 && capacity > 0, "a pool has at least one thread and room for one job")
        let queue = JobQueue(capacity: capacity)
        self.queue = queue
        self.threads = (0..<threads).map { number in
            WorkerThread.start(name: "\(name)-\(number)") {
                if niceness > 0 { WorkerThread.lowerPriority(by: niceness) }
                while let job = queue.next() { job() }
            }
        }
    }

    deinit {
        queue.close()
    }

    /// Jobs that no thread has begun.
    public var waiting: Int { queue.count }

    /// Runs `work` on one of the threads and returns what it returns or throws.
    ///
    /// - Throws: `Overloaded` at once when the queue is full or the pool has stopped.
    public func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = queue.append { continuation.resume(with: Result(catching: work)) }
            if !accepted { continuation.resume(throwing: Overloaded()) }
        }
    }

    /// Refuses new jobs, finishes those that wait, and ends the threads; not to be called by a job.
    public func stop() {
        queue.close()
        for thread in threads { thread.join() }
    }
}
