import Glibc

/// SIGTERM, SIGINT and SIGHUP as something to wait for, instead of something that happens in the middle of anything.
struct ProcessSignals {
    private var set = sigset_t()

    /// Blocks them for this thread and all that it starts from now on: call before any thread is started.
    init() {
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the signal to stop, and calls `reload` at each SIGHUP until then.
    ///
    /// A second SIGINT ends the process at once: whoever presses twice means it.
    func wait(reload: () -> Void) -> Int32 {
        var signals = set
        var signal: Int32 = 0
        while true {
            sigwait(&signals, &signal)
            if signal != SIGHUP { break }
            reload()
        }
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        return signal
    }
}
