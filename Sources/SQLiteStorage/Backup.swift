import Auth
import Crypto
import Glibc

/// A copy of the data file as it is at one moment, made while others read and write.
///
/// SQLite's online backup in small steps, on a connection of its own. Alone it begins anew whenever somebody writes,
/// and would never end; so it reads within one transaction, whose state does not change. Meanwhile the write-ahead log
/// is not reused and grows by what is written. `VACUUM INTO` would be one long statement that nothing paces or ends.
enum Backup {
    /// Pages of a step: 256 KiB.
    private static let step: Int32 = 64
    /// Steps after which what was copied is put on the disk: 1 MiB. One large fsync at the end would keep the writer's
    /// waiting.
    private static let stepsPerSync = 4
    /// Microseconds that the disk is left to others after that: 5 ms.
    private static let rest: UInt32 = 5_000

    /// Copies the data file to `path`, an absolute one, where there is no file yet.
    static func make(of dataFile: String, at path: String, turn: BackupTurn) throws(BackupFailure) {
        guard path.hasPrefix("/") else { throw BackupFailure("\(path) is no absolute path") }
        let file = try NewFile.create(at: path, suffix: ".partial-\(SecureRandom.uint64())")
        do throws(BackupFailure) {
            try copy(dataFile, to: file, turn)
            try finish(file)
            try turn.check()
            try file.publish()
        } catch {
            file.discard()
            throw error
        }
    }

    private static func copy(
        _ dataFile: String, to file: NewFile, _ turn: BackupTurn
    ) throws(BackupFailure) {
        let source = try open(dataFile, "PRAGMA query_only = ON; PRAGMA cache_size = -256")
        try belongsToUs(source, dataFile)
        try run(source, "BEGIN; SELECT count(*) FROM sqlite_schema", "cannot read \(dataFile)")
        // Nobody else sees the target, and on failure it is removed: SQLite need not protect it.
        let target = try open(
            file.partial,
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                + "PRAGMA cache_size = -256")
        do {
            let copy = try PageCopy(from: source, to: target)
            var steps = 0
            while try copy.step(pages: step) {
                try turn.check()
                steps += 1
                if steps.isMultiple(of: stepsPerSync) {
                    try NewFile.sync(file.partial)
                    usleep(rest)
                }
            }
        } catch {
            throw BackupFailure("cannot write \(file.path)", error, systemError: target.systemError)
        }
        try NewFile.sync(file.partial)
    }

    /// Makes the copy a single file that needs no log beside it, and looks whether it is sound.
    private static func finish(_ file: NewFile) throws(BackupFailure) {
        let copy = try open(file.partial, "PRAGMA locking_mode = EXCLUSIVE")
        do {
            try makeSingle(copy)
            try checkIntegrity(copy, of: "the data file")
        } catch {
            throw BackupFailure("cannot write \(file.path)", error, systemError: copy.systemError)
        }
    }

    /// Takes a database out of WAL mode: its log moves into it.
    static func makeSingle(_ connection: SQLiteConnection) throws {
        let sql = SQL("leaving WAL mode", "PRAGMA journal_mode = DELETE")
        guard try connection.row(sql, read: { $0.text(0) }) == "delete" else {
            throw BackupFailure("the file cannot leave WAL mode")
        }
    }

    /// Reads the whole database.
    static func checkIntegrity(_ connection: SQLiteConnection, of name: String) throws {
        let sql = SQL("checking the integrity", "PRAGMA integrity_check(1)")
        guard try connection.row(sql, read: { $0.text(0) }) == "ok" else {
            throw BackupFailure("\(name) is damaged: it does not pass SQLite's integrity check")
        }
    }

    private static func open(_ path: String, _ pragmas: String) throws(BackupFailure) -> SQLiteConnection {
        do {
            let connection = try SQLiteConnection(path: path)
            try connection.script(SQL("configuring a connection", pragmas))
            return connection
        } catch {
            throw BackupFailure("\(error)")
        }
    }

    private static func run(
        _ connection: SQLiteConnection, _ text: String, _ operation: String
    ) throws(BackupFailure) {
        do {
            try connection.script(SQL("beginning a copy", text))
        } catch {
            throw BackupFailure(operation, error, systemError: connection.systemError)
        }
    }

    private static func belongsToUs(_ connection: SQLiteConnection, _ path: String) throws(BackupFailure) {
        do {
            try Migrations.check(connection, path: path)
        } catch {
            throw BackupFailure("\(error)")
        }
    }
}
