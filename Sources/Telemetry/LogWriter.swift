import Dispatch
import Glibc
import Synchronization

/// Writes lines to a descriptor on a thread of its own, so that a stuck reader never holds up a request.
///
/// The thread sleeps on a semaphore when there is nothing to write. It keeps the writer alive until `stop()`.
final class LogWriter: Sendable {
    private struct State {
        var buffer = LogBuffer()
        /// Whether the thread sleeps, or is about to: the next line must wake it.
        var isIdle = false
        var isStopped = false
        /// To be signalled once all that lies in the buffer now is written.
        var waiters: [DispatchSemaphore] = []
    }

    private let descriptor: Int32
    private let format: LogFormat
    private let clock: @Sendable () -> Int64
    private let failing: @Sendable (Int32?) -> Void
    private let state = Mutex(State())
    /// Handed from one holder of `state` to the next.
    ///
    /// Mutex alone would do, but its contended path lies in a library that ThreadSanitizer does not see into.
    private let handover = Atomic<Bool>(false)
    private let wake = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// `descriptor` stays the caller's. `clock` gives milliseconds since 1970. `failing`: see `Logger`.
    init(
        descriptor: Int32, format: LogFormat, clock: @escaping @Sendable () -> Int64,
        failing: @escaping @Sendable (Int32?) -> Void
    ) {
        self.descriptor = descriptor
        self.format = format
        self.clock = clock
        self.failing = failing
        startThread()
    }

    /// Adds a line: the time, then what `line` appends.
    ///
    /// Never waits for the descriptor.
    func append(_ line: (inout [UInt8]) -> Void) {
        let mustWake = withState { state in
            state.buffer.append(at: clock(), format: format, line)
            return Self.endIdleness(&state)
        }
        if mustWake { wake.signal() }
    }

    /// Waits until every line added so far is written or lost.
    ///
    /// False: `timeout` passed first.
    func flush(atMost timeout: DispatchTimeInterval) -> Bool {
        let written = DispatchSemaphore(value: 0)
        let mustWake = withState { state in
            state.waiters.append(written)
            return Self.endIdleness(&state)
        }
        if mustWake { wake.signal() }
        return written.wait(timeout: .now() + timeout) == .success
    }

    /// Lets the thread write what is there and end.
    func stop() {
        let mustWake = withState { state in
            state.isStopped = true
            return Self.endIdleness(&state)
        }
        if mustWake { wake.signal() }
    }

    private func withState<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            _ = handover.load(ordering: .acquiring)
            defer { handover.store(true, ordering: .releasing) }
            return body(&state)
        }
    }

    private static func endIdleness(_ state: inout State) -> Bool {
        defer { state.isIdle = false }
        return state.isIdle
    }
}

// The thread.
extension LogWriter {
    private func startThread() {
        // Signals are for the threads that wait for them; and a SIGPIPE of ours must kill nobody.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        // The one +1 that pthread_create carries to the thread, which takes it over.
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(code == 0, "the log needs a thread and the system gives none")
        pthread_detach(thread)
    }

    /// Microseconds that lines gather before they are written.
    ///
    /// At 100,000 lines a second one write then takes 200 of them, for a tenth of the CPU.
    private static let gathering: useconds_t = 2_000
    /// Octets that are not kept waiting for more.
    private static let plenty = 1 << 16

    private func run() {
        var chunk: [UInt8] = []
        var isFailing = false
        var isCut = false
        while let (waiters, told) = next(into: &chunk) {
            // What is left of a line that a full disk cut must not swallow the next one.
            if isCut { chunk.insert(UInt8(ascii: "\n"), at: 0) }
            let (lost, code) = write(chunk, &isCut)
            // Who only waits for what was written before wrote nothing that could tell.
            if !chunk.isEmpty, (code != nil) != isFailing {
                isFailing.toggle()
                failing(code)
            }
            if lost > 0 {
                // The note about dropped lines is the last of the chunk, so it is lost too: its number lives on.
                withState { $0.buffer.count(lost: told > 0 ? lost - 1 + told : lost) }
            }
            for waiter in waiters { waiter.signal() }
            chunk.removeAll(keepingCapacity: true)
        }
    }

    /// Waits for something to do.
    ///
    /// Nil: stopped, and nothing is left.
    private func next(into chunk: inout [UInt8]) -> (waiters: [DispatchSemaphore], told: Int)? {
        while true {
            let isInNoHurry = withState { state in
                !state.isStopped && state.waiters.isEmpty && (1..<Self.plenty).contains(state.buffer.count)
            }
            if isInNoHurry { usleep(Self.gathering) }
            var isStopped = false
            let work = withState { state -> (waiters: [DispatchSemaphore], told: Int)? in
                if state.buffer.isEmpty && state.waiters.isEmpty {
                    isStopped = state.isStopped
                    state.isIdle = !isStopped
                    return nil
                }
                defer { state.waiters = [] }
                guard !state.buffer.isEmpty else { return (state.waiters, 0) }
                return (state.waiters, state.buffer.take(into: &chunk, at: clock(), format: format))
            }
            if work != nil || isStopped { return work }
            wake.wait()
        }
    }

    /// Writes all octets.
    ///
    /// Returns how many lines could not be written, and why: a reader that is gone (EPIPE), a full disk. `isCut`: the
    /// last line that came through has no end.
    private func write(_ chunk: [UInt8], _ isCut: inout Bool) -> (lost: Int, code: Int32?) {
        var start = 0
        while start < chunk.count {
            let written = chunk[start...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                start += written
            } else if written == 0 || errno != EINTR && !(errno == EAGAIN && waitUntilWritable()) {
                let code = errno
                // The line end that was put in front belongs to a line that is counted already.
                let rest = chunk[max(start, isCut ? 1 : 0)...]
                if start > 0 { isCut = chunk[start - 1] != UInt8(ascii: "\n") }
                return (rest.count { $0 == UInt8(ascii: "\n") }, code)
            }
        }
        if start > 0 { isCut = false }
        return (0, nil)
    }

    /// Someone made the descriptor non-blocking; wait as a blocking write would.
    private func waitUntilWritable() -> Bool {
        var target = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&target, 1, -1) < 0 {
            if errno != EINTR { return false }
        }
        return target.revents & Int16(POLLOUT) != 0
    }
}
