// On the list of files that may use unsafe pointers and `@unchecked Sendable`: a POSIX mutex and condition need
// fixed addresses, and the compiler cannot see that `state` is touched under the mutex alone.
import Glibc

/// A value that threads share under a lock, and a place where they wait for it to change.
///
/// For threads that may block; shared state that is only looked at belongs in a `Mutex`, which takes no memory of
/// its own. ThreadSanitizer knows this lock, while a contended `Mutex` on Linux makes it report races that are none.
public final class Monitor<State: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    /// Guards this value.
    public init(_ state: State) {
        self.state = state
        mutex.initialize(to: pthread_mutex_t())
        changed.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // A wait with an end shall not notice that somebody sets the wall clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Uses the value alone; not from within itself.
    public func withLock<T: Sendable>(_ body: (inout State) throws -> T) rethrows -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Waits until `body` gives something, tried at once and after each notification.
    public func wait<T: Sendable>(for body: (inout State) -> T?) -> T {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(changed, mutex)
        }
    }

    /// The same, for a while at most; nil: `body` gave nothing until then.
    public func wait<T: Sendable>(atMost span: Duration, for body: (inout State) -> T?) -> T? {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let (seconds, attoseconds) = span.components
        let nanoseconds = end.tv_nsec + Int(attoseconds / 1_000_000_000)
        end.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if pthread_cond_timedwait(changed, mutex, &end) != 0 { return body(&state) }
        }
    }

    /// Wakes one waiting thread.
    public func notifyOne() {
        pthread_cond_signal(changed)
    }

    /// Wakes every waiting thread.
    public func notifyAll() {
        pthread_cond_broadcast(changed)
    }
}
