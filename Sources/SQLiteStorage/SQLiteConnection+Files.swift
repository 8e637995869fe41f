// On the list of files that may import CSQLite: file control, checkpoints and the online backup take raw handles.
import Auth
import CSQLite

extension SQLiteConnection {
    /// Octets by which the data file grows and shrinks: 128 KiB.
    static let chunk: Int32 = 131_072

    /// Milliseconds that `restartLog` waits for readers of the log. Default 1 second: a backup ends within it.
    private static let restartTimeout: Int32 = 1_000

    private static let pageCount = SQL("counting pages", "PRAGMA page_count")
    private static let pageSize = SQL("reading the page size", "PRAGMA page_size")

    /// Pages of the database, with those that the open transaction added.
    func pages() throws -> Int64 { try row(Self.pageCount) { $0.integer(0) } ?? 0 }

    /// Lets the data file grow by chunks, and takes room on the disk for the pages it has.
    func growByChunks() throws {
        var size = Self.chunk
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &size)
        guard code == SQLITE_OK else { throw StoreFailure(code: code, operation: "setting the chunk size") }
        try takeRoom(pages: pages())
    }

    /// Takes room on the disk for a data file of so many pages, in whole chunks; a moment when it has it already.
    func takeRoom(pages: Int64) throws {
        var octets = try pages * (row(Self.pageSize) { $0.integer(0) } ?? 0)
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_SIZE_HINT, &octets)
        guard code == SQLITE_OK else { throw StoreFailure(code: code, operation: "growing the data file") }
    }

    /// Moves the log into the data file, so that the next change is written at its start; the log keeps its length.
    ///
    /// - Returns: Whether it could be done. A reader of an older state, such as a backup, keeps it from it.
    func restartLog() -> Bool {
        sqlite3_busy_timeout(handle, Self.restartTimeout)
        defer { sqlite3_busy_timeout(handle, Self.busyTimeout) }
        return sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_RESTART, nil, nil) == SQLITE_OK
    }

    /// The path of the write-ahead log, whatever links lead to the data file.
    var logPath: String { String(cString: sqlite3_filename_wal(sqlite3_db_filename(handle, "main"))) }

    /// What the system said at the last error, as an `errno`; 0 when it said nothing.
    var systemError: Int32 { sqlite3_system_errno(handle) }
}

/// SQLite's online backup: one database into another, some pages at a time.
final class PageCopy {
    private let handle: OpaquePointer
    // Both outlive the copy.
    private let source: SQLiteConnection
    private let target: SQLiteConnection

    /// `source` is in a read transaction, so that what others write meanwhile does not begin the copy anew.
    init(from source: SQLiteConnection, to target: SQLiteConnection) throws {
        guard let handle = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw StoreFailure(code: sqlite3_errcode(target.handle), operation: "beginning a copy")
        }
        (self.handle, self.source, self.target) = (handle, source, target)
    }

    deinit {
        sqlite3_backup_finish(handle)
    }

    /// Copies so many pages; false when it was the last.
    func step(pages: Int32) throws -> Bool {
        switch sqlite3_backup_step(handle, pages) {
        case SQLITE_OK: return true
        case SQLITE_DONE: return false
        case let code: throw StoreFailure(code: code, operation: "copying pages")
        }
    }
}
