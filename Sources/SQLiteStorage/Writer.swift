import Auth
import Synchronization
import Telemetry
import Workers

/// The one thread that writes, with group commit: while a batch is being synced, the next one gathers.
final class Writer: Sendable {
    /// Operations that may wait; beyond it callers are refused at once.
    static let capacity = 4_096

    private struct State {
        var operations: [WriteOperation] = []
        var isOpen = true
        var commits = 0
        var batches = 0
        var isWriting = false
    }

    private let state = Monitor(State())
    private let connection: Mutex<SQLiteConnection?>
    private let thread = Mutex<WorkerThread?>(nil)
    private let backups: BackupTurn
    private let failing = Atomic(false)
    private let clock: @Sendable () -> Int64
    /// How long the transactions took that were committed, from their beginning until the disk had them.
    let durations = Histogram()

    /// Starts the thread, which lives until `close`; ends a backup of `backups` that is in the way of a full disk.
    /// `clock` counts microseconds.
    init(
        _ connection: sending SQLiteConnection, backups: BackupTurn = BackupTurn(),
        clock: @escaping @Sendable () -> Int64
    ) {
        self.connection = Mutex(connection)
        self.backups = backups
        self.clock = clock
        let started = WorkerThread.start(name: "store-writer") { [self] in work() }
        thread.withLock { $0 = started }
    }

    /// Operations that no batch has taken.
    var waiting: Int { state.withLock { $0.operations.count } }

    /// Transactions committed since the start.
    var commits: Int { state.withLock { $0.commits } }

    /// The number of the batch that is being written; nil when there is none.
    var batch: Int? { state.withLock { $0.isWriting ? $0.batches : nil } }

    /// Whether a change could not be written for the store's fault. Changes that need no room may succeed meanwhile;
    /// only who has found out that there is room for all says otherwise.
    var isFailing: Bool {
        get { failing.load(ordering: .relaxed) }
        set { failing.store(newValue, ordering: .relaxed) }
    }

    /// Runs `body` within a transaction and returns after its commit.
    ///
    /// It may run several times, so it does nothing but use the connection.
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
                for finish in complete(batch[...], on: connection) { finish() }
            }
        }
    }

    /// Waits for operations and takes them all; nil when closed and empty.
    private func next() -> [WriteOperation]? {
        state.withLock { $0.isWriting = false }
        return state.wait { state -> [WriteOperation]?? in
            if state.operations.isEmpty { return state.isOpen ? nil : .some(nil) }
            defer { state.operations = [] }
            (state.isWriting, state.batches) = (true, state.batches + 1)
            return state.operations
        }
    }

    /// Runs a batch, whatever the disk does: as one transaction if it can be, else again after a checkpoint, which
    /// lets the log be written from its start; else in halves, because less may find room.
    ///
    /// - Returns: What tells the callers, to be called when the store is at rest.
    private func complete(
        _ batch: ArraySlice<WriteOperation>, on connection: SQLiteConnection
    ) -> [() -> Void] {
        do {
            return try transact(batch, on: connection)
        } catch let failure as StoreFailure where failure.concernsDisk {
            backups.cancel(because: .disk)
            // The second attempt says whether it helped.
            _ = connection.restartLog()
        } catch {
            return fail(batch, error)
        }
        do {
            return try transact(batch, on: connection)
        } catch let failure as StoreFailure where failure.concernsDisk && batch.count > 1 {
            let middle = batch.startIndex + batch.count / 2
            return complete(batch[..<middle], on: connection) + complete(batch[middle...], on: connection)
        } catch {
            return fail(batch, error)
        }
    }

    private func fail(_ batch: ArraySlice<WriteOperation>, _ error: any Error) -> [() -> Void] {
        note(error)
        return batch.map { operation in { operation.fail(error) } }
    }

    private func note(_ error: (any Error)?) {
        if let failure = error as? StoreFailure, failure.stopsChanges { isFailing = true }
    }

    /// Runs a batch as one transaction, each operation in a savepoint, so that a failing one undoes only itself. So
    /// does one that needs pages for which the disk has no room: what is committed can always be moved from the log
    /// into the data file, and the log be reused.
    ///
    /// SQLite may end the whole transaction when a statement fails (no memory). Then each of the other operations is
    /// run again in a transaction of its own: nobody fails for another's sake.
    ///
    /// - Throws: Why nothing of it was written.
    private func transact(
        _ batch: ArraySlice<WriteOperation>, on connection: SQLiteConnection
    ) throws -> [() -> Void] {
        let start = clock()
        do {
            try connection.run(Self.begin)
            var finishes: [() -> Void] = []
            var growth = Growth(pages: try connection.pages())
            for (index, operation) in zip(batch.indices, batch) {
                try connection.run(Self.savepoint)
                let attempt = operation.attempt(connection)
                if let failure = attempt.failure as? StoreFailure, failure.concernsDisk { throw failure }
                guard connection.isInTransaction else {
                    let others = batch[..<index] + batch[(index + 1)...]
                    return others.flatMap { complete([$0], on: connection) } + [attempt.finish]
                }
                let lack = attempt.failure == nil ? growth.failure(on: connection) : nil
                if attempt.failure != nil || lack != nil { try connection.run(Self.undo) }
                try connection.run(Self.release)
                note(attempt.failure ?? lack)
                finishes.append(lack.map { lack in { operation.fail(lack) } } ?? attempt.finish)
            }
            try connection.run(Self.commit)
            state.withLock { $0.commits += 1 }
            durations.record(nanoseconds: Int(clock() - start) * 1_000)
            return finishes
        } catch {
            throw rollBack(connection, after: error)
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

/// The pages that a transaction adds, and the room for them.
private struct Growth {
    /// For so many there is room.
    var pages: Int64
    /// Once the disk was full, it is not asked again for the rest of the batch.
    private var lack: (any Error)?

    init(pages: Int64) {
        self.pages = pages
    }

    /// Takes room for what the last operation added; an error when there is none.
    mutating func failure(on connection: SQLiteConnection) -> (any Error)? {
        do {
            let wanted = try connection.pages()
            guard wanted > pages else { return nil }
            if let lack { return lack }
            try connection.takeRoom(pages: wanted)
            pages = wanted
            return nil
        } catch {
            lack = error
            return error
        }
    }
}
