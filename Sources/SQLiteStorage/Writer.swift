import Auth
import Synchronization
import Workers

/// The one thread that writes, with group commit: while a batch is being synced, the next one gathers.
final class Writer: Sendable {
    /// Operations that may wait; beyond it callers are refused at once.
    static let capacity = 4_096

    private struct State {
        var operations: [WriteOperation] = []
        var isOpen = true
        var commits = 0
    }

    private let state = Monitor(State())
    private let connection: Mutex<SQLiteConnection?>
    private let thread = Mutex<WorkerThread?>(nil)

    /// Starts the thread, which lives until `close`.
    init(_ connection: sending SQLiteConnection) {
        self.connection = Mutex(connection)
        let started = WorkerThread.start(name: "store-writer") { [self] in work() }
        thread.withLock { $0 = started }
    }

    /// Operations that no batch has taken.
    var waiting: Int { state.withLock { $0.operations.count } }

    /// Transactions committed since the start.
    var commits: Int { state.withLock { $0.commits } }

    /// Runs `body` within a transaction and returns after its commit.
    ///
    /// It may run twice, so it does nothing but use the connection.
    ///
    /// - Throws: `WorkerPool.Overloaded` at once when the queue is full or closed; `StoreFailure` when the store
    ///   failed and nothing of this call was written.
    func write<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let operation = WriteOperation(body, resuming: continuation)
            let accepted = state.withLock { state in
                guard state.isOpen, state.operations.count < Self.capacity else { return false }
                state.operations.append(operation)
                return true
            }
            if accepted {
                state.notifyOne()
            } else {
                operation.fail(WorkerPool.Overloaded())
            }
        }
    }

    /// Finishes what waits and closes the connection, which moves the log into the data file; harmless again.
    func close() {
        state.withLock { $0.isOpen = false }
        state.notifyOne()
        thread.withLock { $0 }?.join()
        connection.withLock { $0 = nil }
    }

    private func work() {
        while let batch = next() {
            connection.withLock { connection in
                guard let connection else { preconditionFailure("the connection outlives the thread") }
                for finish in transact(batch, on: connection) { finish() }
            }
        }
    }

    /// Waits for operations and takes them all; nil when closed and empty.
    private func next() -> [WriteOperation]? {
        state.wait { state -> [WriteOperation]?? in
            if state.operations.isEmpty { return state.isOpen ? nil : .some(nil) }
            defer { state.operations = [] }
            return state.operations
        }
    }

    /// Runs a batch as one transaction, each operation in a savepoint, so that a failing one undoes only itself.
    ///
    /// SQLite may end the whole transaction when a statement fails (a full disk, no memory). Then each of the other
    /// operations is run again in a transaction of its own: nobody fails for another's sake.
    ///
    /// - Returns: What tells the callers, to be called when the store is at rest.
    private func transact(_ batch: [WriteOperation], on connection: SQLiteConnection) -> [() -> Void] {
        do {
            try connection.run(Self.begin)
            var finishes: [() -> Void] = []
            for (index, operation) in batch.enumerated() {
                try connection.run(Self.savepoint)
                let attempt = operation.attempt(connection)
                finishes.append(attempt.finish)
                guard connection.isInTransaction else {
                    let others = batch[..<index] + batch[(index + 1)...]
                    return others.flatMap { transact([$0], on: connection) } + [attempt.finish]
                }
                if !attempt.succeeded { try connection.run(Self.undo) }
                try connection.run(Self.release)
            }
            try connection.run(Self.commit)
            state.withLock { $0.commits += 1 }
            return finishes
        } catch {
            let failure = rollBack(connection, after: error)
            return batch.map { operation in { operation.fail(failure) } }
        }
    }

    /// Ends a transaction that failed and returns the error to report: the first, or that of the rollback itself.
    private func rollBack(_ connection: SQLiteConnection, after error: any Error) -> any Error {
        do {
            if connection.isInTransaction { try connection.run(Self.rollback) }
            return error
        } catch {
            return error
        }
    }

    private static let begin = SQL("beginning a transaction", "BEGIN IMMEDIATE")
    private static let savepoint = SQL("setting a savepoint", "SAVEPOINT operation")
    private static let undo = SQL("undoing an operation", "ROLLBACK TO operation")
    private static let release = SQL("releasing a savepoint", "RELEASE operation")
    private static let commit = SQL("committing a transaction", "COMMIT")
    private static let rollback = SQL("rolling a transaction back", "ROLLBACK")
}
