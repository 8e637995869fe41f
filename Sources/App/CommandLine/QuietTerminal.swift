import Glibc
import Synchronization

/// A terminal that does not echo, until `restore()`; also when a signal ends the process meanwhile.
///
/// A handler only notes the signal; `waitForInput` looks for the note; `restore` lets the signal do what it would
/// have done.
struct QuietTerminal: ~Copyable {
    private static let noted = Atomic<Int32>(0)
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    /// How soon a signal is seen, in milliseconds.
    ///
    /// A signal may arrive on any thread, so it need not end `poll`.
    private static let patience: Int32 = 100

    private let descriptor: Int32
    private let before: termios
    private let handlers: [sigaction]

    /// Turns the echo off.
    init(_ descriptor: Int32) throws(PasswordPrompt.Failure) {
        var state = termios()
        guard tcgetattr(descriptor, &state) == 0 else { throw .unreadable(errno) }
        let before = state
        state.c_lflag &= ~tcflag_t(ECHO)
        let handlers = Self.installHandlers()
        // FLUSH: what was typed before the question was echoed, so it is no password.
        guard tcsetattr(descriptor, TCSAFLUSH, &state) == 0 else {
            let code = errno
            Self.install(handlers)
            throw .unreadable(code)
        }
        self.descriptor = descriptor
        self.before = before
        self.handlers = handlers
    }

    /// Waits until there is something to read.
    ///
    /// A signal ends the process, or throws `interrupted`.
    func waitForInput() throws(PasswordPrompt.Failure) {
        while true {
            var target = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&target, 1, Self.patience)
            if Self.noted.load(ordering: .relaxed) != 0 {
                restore()
                throw .interrupted
            }
            if ready > 0 { return }
            if ready < 0 && errno != EINTR { throw .unreadable(errno) }
        }
    }

    /// Puts back the terminal and the signal handlers, and raises the signal that came meanwhile.
    ///
    /// Twice does no harm.
    func restore() {
        var state = before
        tcsetattr(descriptor, TCSANOW, &state)
        Self.install(handlers)
        let signal = Self.noted.exchange(0, ordering: .relaxed)
        if signal != 0 { raise(signal) }
    }

    /// Returns the handlers that were there before.
    private static func installHandlers() -> [sigaction] {
        noted.store(0, ordering: .relaxed)
        return signals.map { number in
            var new = sigaction()
            var old = sigaction()
            new.__sigaction_handler.sa_handler = { QuietTerminal.noted.store($0, ordering: .relaxed) }
            sigaction(number, &new, &old)
            return old
        }
    }

    private static func install(_ handlers: [sigaction]) {
        for (number, handler) in zip(signals, handlers) {
            var handler = handler
            sigaction(number, &handler, nil)
        }
    }
}
