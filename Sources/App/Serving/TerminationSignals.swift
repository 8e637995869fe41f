import Glibc

/// SIGTERM and SIGINT as something to wait for, instead of something that happens in the middle of anything.
struct TerminationSignals {
    private var set = sigset_t()

    /// Blocks both for this thread and all that it starts from now on: call before any thread is started.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for one of them. A second SIGINT ends the process at once: whoever presses twice means it.
    func wait() -> Int32 {
        var signals = set
        var signal: Int32 = 0
        sigwait(&signals, &signal)
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        return signal
    }
}
