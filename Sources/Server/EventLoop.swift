import CEvent
import Glibc
import Workers

/// One thread, one `event_base`: everything of libevent that belongs to a loop is touched on its thread only.
///
/// The loop is a task executor: a task started here resumes here after each `await`. Jobs from other threads go
/// through the inbox, which one eventfd wakes.
// @unchecked: `base` and the events are used on the loop's thread alone (EVENT_BASE_FLAG_NOLOCK forbids anything
// else); the inbox is guarded by its mutex, and eventfd_write is safe from any thread.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    private enum Work: Sendable {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    let base: OpaquePointer
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private var timers: [LoopTimer] = []
    private var nextTurn: [() -> Void] = []
    private var nextTurnEvent: OpaquePointer?
    private let inbox = Locked<[Work]>([])

    /// Before all else of libevent.
    static let prepareLibrary: Void = {
        // It would write a line to stderr for each accept that fails; HTTPLoop deals with those.
        event_set_log_callback { _, _ in }
        // The same allocator, but zeros are written by libevent itself: glibc's calloc takes no block from the cache
        // of its thread, and evhttp asks for six with each request.
        event_set_mem_functions({ malloc($0) }, { realloc($0, $1) }, { free($0) })
    }()

    /// Makes the base; no thread runs it yet. All bases are made before the first thread starts.
    init() throws(ServerError) {
        let configuration = event_config_new()
        defer { event_config_free(configuration) }
        // No locks: one thread only. Changelist: two epoll_ctl fewer per request; no duplicated descriptor may be
        // registered then, and an event is deleted before its descriptor is closed.
        let flags = EVENT_BASE_FLAG_NOLOCK.rawValue | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST.rawValue
        event_config_set_flag(configuration, Int32(flags))
        guard let base = event_base_new_with_config(configuration) else {
            throw ServerError(operation: "creating an event loop", code: errno)
        }
        self.base = base
        wakeDescriptor = sessiond_eventfd()
        guard wakeDescriptor >= 0 else { throw ServerError(operation: "creating an eventfd", code: errno) }
        wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in EventLoop.from(context).drainInbox() }, opaque)
        event_add(wakeEvent, nil)
        nextTurnEvent = event_new(
            base, -1, 0, { _, _, context in EventLoop.from(context).runNextTurn() }, opaque)
    }

    deinit {
        timers = []
        event_free(wakeEvent)
        event_free(nextTurnEvent)
        event_base_free(base)
        close(wakeDescriptor)
    }

    /// The one place that turns a C callback's context back into its loop.
    static func from(_ context: UnsafeMutableRawPointer?) -> EventLoop {
        guard let context else { preconditionFailure("a loop's callback always has its loop as context") }
        return Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
    }

    // The loop outlives its base and every event on it.
    private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Runs until `stop`. Call on the thread that the loop shall own.
    func run() {
        event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY)
    }

    /// Ends `run` after the work that is already queued. Call from any thread.
    func stop() {
        submit { [self] in event_base_loopbreak(base) }
    }

    /// Runs `body` on the loop's thread. Call from any thread.
    func submit(_ body: @escaping @Sendable () -> Void) {
        push(.call(body))
    }

    /// Runs `body` on the loop's thread every `seconds`, until the loop is gone. Call before `run`, or on the loop.
    func every(seconds: Int, _ body: @escaping () -> Void) {
        every(.seconds(seconds), body)
    }

    /// The same at an interval of microseconds.
    func every(_ interval: Duration, _ body: @escaping () -> Void) {
        timers.append(LoopTimer(base: base, interval: interval, body: body))
    }

    /// Has libevent make what it keeps for a descriptor for ever. Made one after another, some octets each; else they
    /// lie between the memory of connections, and hold on to its pages when those are gone. On the loop.
    func reserve(_ descriptor: Int32) {
        let event = event_new(base, descriptor, Int16(EV_READ), { _, _, _ in }, nil)
        // Taken back in the same turn: the changelist never tells the kernel.
        event_add(event, nil)
        event_free(event)
    }

    /// Runs `body` once, later. On the loop.
    func after(milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        var delay = timeval(tv_sec: 0, tv_usec: milliseconds * 1_000)
        // Retained until it runs; a loop that is stopped before keeps it, at the end of the process.
        let context = Unmanaged.passRetained(LoopCall(body)).toOpaque()
        event_base_once(
            base, -1, Int16(EV_TIMEOUT),
            { _, _, context in
                guard let context else { return }
                Unmanaged<LoopCall>.fromOpaque(context).takeRetainedValue().body()
            }, context, &delay)
    }

    /// The monotonic clock: to measure how long something takes, which costs some 25 of them.
    static func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }

    /// Runs `body` once, after a look at what has come meanwhile. On the loop; cheaper than `submit`.
    func inNextTurn(_ body: @escaping () -> Void) {
        nextTurn.append(body)
        guard nextTurn.count == 1 else { return }
        var delay = timeval()
        event_add(nextTurnEvent, &delay)
    }

    private func runNextTurn() {
        let due = nextTurn
        nextTurn = []
        for body in due { body() }
    }

    /// Takes a task's next piece. Part of `TaskExecutor`.
    func enqueue(_ job: consuming ExecutorJob) {
        push(.job(UnownedJob(job)))
    }

    private func push(_ work: Work) {
        let wasEmpty = inbox.withLock { queue in
            queue.append(work)
            return queue.count == 1
        }
        // Only the first one wakes the loop: the rest is found by the same drain.
        if wasEmpty { eventfd_write(wakeDescriptor, 1) }
    }

    private func drainInbox() {
        var count: eventfd_t = 0
        eventfd_read(wakeDescriptor, &count)
        let queue = inbox.withLock { queue in
            let taken = queue
            queue = []
            return taken
        }
        for work in queue {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
            case .call(let body): body()
            }
        }
    }
}

/// Something to run once, as a C context.
private final class LoopCall {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

/// A repeating timer of one loop; freed with it.
private final class LoopTimer {
    private var event: OpaquePointer?
    private let body: () -> Void

    init(base: OpaquePointer, interval: Duration, body: @escaping () -> Void) {
        self.body = body
        // The timer owns its event: the event is gone before the context is.
        event = event_new(
            base, -1, Int16(EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<LoopTimer>.fromOpaque(context).takeUnretainedValue().body()
            }, Unmanaged.passUnretained(self).toOpaque())
        let (seconds, attoseconds) = interval.components
        var interval = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        event_add(event, &interval)
    }

    deinit { event_free(event) }
}
