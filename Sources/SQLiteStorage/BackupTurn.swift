import Workers

/// One backup at a time, which others may end.
final class BackupTurn: Sendable {
    /// Why a backup is ended before it is complete.
    enum Reason: String, Sendable {
        /// The log cannot be reused while it runs, and there is no room for a longer one.
        case disk = "the disk of the data file is full or fails"
        /// The store is closed.
        case stop = "the server stops"
    }

    private enum State: Sendable {
        case free
        case taken
        case cancelled(Reason)
    }

    private let state = Locked(State.free)

    /// Takes the turn, which `end` gives back.
    func begin() throws(BackupFailure) {
        let isMine = state.withLock { state in
            guard case .free = state else { return false }
            state = .taken
            return true
        }
        guard !isMine else { return }
        try check()
        throw BackupFailure("a backup is being made already")
    }

    func end() {
        state.withLock { state in
            if case .cancelled(.stop) = state { return }
            state = .free
        }
    }

    /// Ends the backup that runs, if any; once the store is to be closed, none begins any more.
    func cancel(because reason: Reason) {
        state.withLock { state in
            if case .free = state, reason != .stop { return }
            state = .cancelled(reason)
        }
    }

    /// Throws when somebody ended the backup. Between two steps of it.
    func check() throws(BackupFailure) {
        let reason = state.withLock { state -> Reason? in
            if case .cancelled(let reason) = state { reason } else { nil }
        }
        if let reason { throw BackupFailure("the backup was ended: \(reason.rawValue)") }
    }
}
