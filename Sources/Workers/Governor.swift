/// A fixed number of threads for work that takes much time and memory, and decides who waits for whom.
///
/// Jobs wait in a `LaneQueue`. One begins when the memory that it takes fits into the budget beside what runs; nothing
/// overtakes it meanwhile, so that a large one gets its turn. One that has waited for longer than anybody waits for it
/// is refused without work.
public final class Governor<Source: Hashable & Sendable>: Sendable {
    /// What can be changed while it runs.
    public struct Limits: Sendable, Equatable {
        /// KiB that all running jobs take together.
        public var memory: Int
        /// Microseconds that a job may wait.
        public var patience: Int64

        /// Limits.
        public init(memory: Int, patience: Int64) {
            self.memory = memory
            self.patience = patience
        }
    }

    /// Where a job stands in the queue.
    public struct Place: Sendable {
        /// Who is served before it.
        public var lane: Lane
        /// With whom it shares its turns.
        public var source: Source

        /// A place.
        public init(_ lane: Lane, _ source: Source) {
            self.lane = lane
            self.source = source
        }
    }

    fileprivate struct Job: Sendable {
        /// KiB.
        let memory: Int
        let since: Int64
        let work: @Sendable () -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    fileprivate struct State {
        var queue: LaneQueue<Source, Job>
        var limits: Limits
        /// KiB.
        var inUse = 0
        /// Of a job, in microseconds; 0: none has run yet.
        var usualTime: Int64 = 0
        var isOpen = true
    }

    fileprivate enum Turn {
        case run(Job)
        case refuse(Job, any Error)
        case end
    }

    private let state: Monitor<State>
    private let clock: @Sendable () -> Int64
    /// How many jobs run at once at most.
    public let threads: Int
    /// What it has done.
    public let figures: GovernorFigures
    private let workers: Locked<[WorkerThread]>

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: of the threads, followed by their number.
    ///   - threads: how many jobs run at once.
    ///   - capacity: how many more may wait.
    ///   - limits: see there.
    ///   - niceness: steps of nice(2) by which the threads stand behind the others.
    ///   - clock: microseconds that only move forward.
    public init(
        name: String, threads: Int, capacity: Int, limits: Limits, niceness: Int = 0,
        clock: @escaping @Sendable () -> Int64
    ) {
        precondition(threads > 0 && capacity > 0, "there is at least one thread and room for one job")
        let state = Monitor(State(queue: LaneQueue(capacity: capacity), limits: limits))
        self.state = state
        let figures = GovernorFigures()
        self.figures = figures
        self.clock = clock
        self.threads = threads
        workers = Locked(
            (0..<threads).map { number in
                WorkerThread.start(name: "\(name)-\(number)") {
                    if niceness > 0 { WorkerThread.lowerPriority(by: niceness) }
                    Self.work(state, clock, figures)
                }
            })
    }

    deinit {
        Self.close(state)
    }

    /// Jobs that no thread has begun.
    public var waiting: Int { state.withLock { $0.queue.count } }

    /// In force for what begins from now on, also for what waits already.
    public var limits: Limits {
        get { state.withLock { $0.limits } }
        set {
            state.withLock { $0.limits = newValue }
            state.notifyAll()
        }
    }

    /// Runs `work`, which takes so many KiB of memory, on one of the threads and returns what it returns or throws.
    ///
    /// - Throws: `WorkerPool.Overloaded` when there is no place for it in the queue, at once, when it has to give its
    ///   place to another, or has waited for too long; `NeverFits`.
    public func run<T: Sendable>(
        _ place: Place, memory: Int, _ work: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Job(
                    memory: memory, since: clock(),
                    work: { continuation.resume(with: Result(catching: work)) },
                    refuse: { continuation.resume(throwing: $0) }),
                at: place)
        }
    }

    private func enqueue(_ job: Job, at place: Place) {
        let (refused, retryAfter) = state.withLock { state -> (Job?, Int) in
            guard state.isOpen else { return (job, 1) }
            switch state.queue.append(job, from: place.source, in: place.lane) {
            case .taken(let displaced): return (displaced, state.retryAfter(threads))
            case .refused: return (job, state.retryAfter(threads))
            }
        }
        state.notifyOne()
        if refused != nil { figures.refuse() }
        refused?.refuse(WorkerPool.Overloaded(retryAfter: retryAfter))
    }

    /// Refuses new jobs and those that wait, and ends the threads when what runs is done; not to be called by a job.
    public func stop() {
        Self.close(state)
        for thread in workers.withLock({ $0 }) { thread.join() }
    }

    private static func close(_ state: Monitor<State>) {
        let left = state.withLock { state in
            state.isOpen = false
            return state.queue.removeAll()
        }
        state.notifyAll()
        for job in left { job.refuse(WorkerPool.Overloaded()) }
    }

    // MARK: On the threads

    private static func work(
        _ state: Monitor<State>, _ clock: @Sendable () -> Int64, _ figures: GovernorFigures
    ) {
        while true {
            switch state.wait(for: { $0.turn(at: clock()) }) {
            case .end: return
            case .refuse(let job, let error):
                figures.refuse()
                job.refuse(error)
            case .run(let job):
                let start = clock()
                job.work()
                let took = clock() - start
                figures.note(waited: start - job.since, took: took)
                let areMore = state.withLock { $0.finish(job, took) }
                // Other threads may have waited for the memory.
                if areMore { state.notifyAll() }
            }
        }
    }
}

/// A job takes more memory than there ever is: the budget has to be larger.
public struct NeverFits: Error, Sendable, Equatable {
    /// KiB.
    public let memory: Int
    /// KiB.
    public let budget: Int
}

extension Governor.State {
    /// What a thread does next; nil: it waits.
    fileprivate mutating func turn(at now: Int64) -> Governor.Turn? {
        guard let job = queue.first else { return isOpen ? nil : .end }
        let refusal: (any Error)? =
            if now - job.since > limits.patience {
                WorkerPool.Overloaded()
            } else if job.memory > limits.memory {
                NeverFits(memory: job.memory, budget: limits.memory)
            } else { nil }
        guard refusal != nil || inUse + job.memory <= limits.memory else { return nil }
        _ = queue.removeFirst()
        if let refusal { return .refuse(job, refusal) }
        inUse += job.memory
        return .run(job)
    }

    /// Whether there is more to do.
    fileprivate mutating func finish(_ job: Governor.Job, _ took: Int64) -> Bool {
        inUse -= job.memory
        usualTime = usualTime == 0 ? took : usualTime + (took - usualTime) / 8
        return queue.count > 0
    }

    /// Seconds in which everything that waits is done, if nothing comes: from 1 to 30.
    fileprivate func retryAfter(_ threads: Int) -> Int {
        let time = Int64(queue.count + 1) * usualTime / Int64(threads)
        return Int(min(30, max(1, (time + 999_999) / 1_000_000)))
    }
}
