public import Auth
public import Telemetry

/// Users, sessions, reset tokens and the server's secrets in one SQLite file: one thread writes, two read.
///
/// The file is in WAL mode with `synchronous=FULL`: what was acknowledged survives a crash and a power cut.
public final class SQLiteStore: Stores, Sendable {
    let writer: Writer
    let readers: Readers
    let backups = BackupTurn()
    let path: String

    /// Opens the file, creates it if need be (readable by its owner alone), and migrates it to the newest schema.
    /// `clock` counts microseconds, to say how long commits take; by default they take none.
    ///
    /// - Throws: `DataFileError` when the file cannot be used, `StoreFailure` when a statement fails.
    public init(path: String, clock: @escaping @Sendable () -> Int64 = { 0 }) throws {
        try DataFile.create(at: path)
        let connection = try SQLiteConnection(path: path)
        guard !connection.isReadOnly else { throw DataFileError(path: path, problem: .readOnly) }
        try Migrations.check(connection, path: path)
        try Self.configure(connection)
        guard try connection.row(Self.journal, read: { $0.text(0) }) == "wal" else {
            throw DataFileError(path: path, problem: .withoutWAL)
        }
        try Migrations.apply(to: connection)
        let hasReserve = Self.takeReserve(connection)
        self.path = path
        readers = try Readers {
            let connection = try SQLiteConnection(path: path)
            try Self.configure(connection)
            try connection.script(SQL("configuring a reader", "PRAGMA query_only = ON"))
            return connection
        }
        writer = Writer(connection, backups: backups, clock: clock)
        writer.isFailing = !hasReserve
    }

    /// How long the transactions took that were committed, from their beginning until the disk had them.
    public var commits: Histogram { writer.durations }

    /// Changes that wait for the transaction that is being committed.
    public var waitingChanges: Int { writer.waiting }

    deinit {
        close()
    }

    /// Refuses new calls, finishes those that wait, moves the log into the data file and closes it.
    public func close() {
        backups.cancel(because: .stop)
        readers.close()
        writer.close()
    }

    private static let journal = SQL("switching to WAL mode", "PRAGMA journal_mode = WAL")

    private static func configure(_ connection: SQLiteConnection) throws {
        let pragmas = """
            PRAGMA foreign_keys = ON;
            PRAGMA synchronous = FULL;
            PRAGMA trusted_schema = OFF;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA temp_store = MEMORY;
            """
        try connection.script(SQL("configuring a connection", pragmas))
    }
}
