import Glibc

/// The CPU time of this thread (CLOCK_THREAD_CPUTIME_ID): what else the machine does counts only through its caches.
enum ThreadClock {
    /// Nanoseconds.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
