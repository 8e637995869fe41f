import Synchronization
import Workers

/// A few threads that read, each on a connection of its own; WAL mode lets them go on while the writer writes.
final class Readers: Sendable {
    /// Threads and connections.
    static let count = 2
    /// Reads that may wait before callers are refused.
    static let capacity = 1_024

    private let pool = WorkerPool(name: "store-reader", threads: count, capacity: capacity)
    private let idle: Monitor<[Reader]>

    init(_ open: () throws -> sending SQLiteConnection) throws {
        idle = Monitor(try (0..<Self.count).map { _ in Reader(try open()) })
    }

    /// Runs `body` on a connection that no other thread uses meanwhile.
    func read<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await pool.run { [self] in try readHere(body) }
    }

    /// The same on the calling thread, while nobody else reads: at the start.
    func readHere<T: Sendable>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        guard let reader = idle.withLock({ $0.popLast() }) else {
            preconditionFailure("there are as many connections as threads")
        }
        defer { idle.withLock { $0.append(reader) } }
        return try reader.connection.withLock { try body($0) }
    }

    /// Finishes what waits and closes the connections; harmless again.
    func close() {
        pool.stop()
        idle.withLock { $0 = [] }
    }
}

/// A connection that may change threads: whoever holds the lock is its thread.
private final class Reader: Sendable {
    let connection: Mutex<SQLiteConnection>

    init(_ connection: sending SQLiteConnection) {
        self.connection = Mutex(connection)
    }
}
