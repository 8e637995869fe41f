// On the list of files that may use `OpaquePointer`: owns one `sqlite3 *`, opened in `init`, closed in `deinit`.
import Auth
import CSQLite

/// One connection to a SQLite file with its prepared statements; used by one thread at a time.
final class SQLiteConnection {
    /// How long a call waits for another process that holds the lock, in milliseconds: 5 seconds.
    static let busyTimeout: Int32 = 5_000

    private let handle: OpaquePointer
    private var statements: [SQL: SQLiteStatement] = [:]

    /// Opens an existing file.
    init(path: String) throws {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let error = handle.map { sqlite3_system_errno($0) } ?? 0
            sqlite3_close_v2(handle)
            throw error == 0
                ? DataFileError(path: path, problem: .library(code: code))
                : DataFileError(path: path, problem: .system(errno: error))
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, Self.busyTimeout)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Whether the file could be opened for reading only, to which SQLite falls back without an error.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether a transaction is open; SQLite may end one by itself when a statement fails.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs a statement to its end and returns how many rows it changed.
    @discardableResult
    func run(_ sql: SQL, _ arguments: SQLiteValue...) throws -> Int {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while try statement.step() {}
        return Int(sqlite3_changes(handle))
    }

    /// What `read` makes of each row.
    func rows<T>(_ sql: SQL, _ arguments: SQLiteValue..., read: (SQLiteStatement) throws -> T) throws -> [T] {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        var result: [T] = []
        while try statement.step() { result.append(try read(statement)) }
        return result
    }

    /// Has `body` look at each row.
    func forEach(_ sql: SQL, _ arguments: SQLiteValue..., body: (SQLiteStatement) throws -> Void) throws {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while try statement.step() { try body(statement) }
    }

    /// What `read` makes of the only row; nil when there is none.
    func row<T>(_ sql: SQL, _ arguments: SQLiteValue..., read: (SQLiteStatement) throws -> T) throws -> T? {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        guard try statement.step() else { return nil }
        let result = try read(statement)
        // A statement that changes rows is complete only at its end.
        while try statement.step() {}
        return result
    }

    /// Runs statements without arguments, which are not kept.
    func script(_ sql: SQL) throws {
        let code = sqlite3_exec(handle, sql.text, nil, nil, nil)
        guard code == SQLITE_OK else { throw StoreFailure(code: code, operation: sql.purpose) }
    }

    private func prepared(_ sql: SQL) throws -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        let statement = try SQLiteStatement(sql, on: handle)
        statements[sql] = statement
        return statement
    }
}
