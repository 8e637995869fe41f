import Auth
import Glibc

/// Puts a backup in the place of the data file, which no store uses meanwhile.
///
/// The backup is copied beside the data file, checked and prepared there, and takes its name in one step: a crash at
/// any moment leaves the one or the other, each without the log of the other. The data file before is kept.
public struct Restoration: Sendable, Equatable {
    /// Users in the restored file.
    public var users: Int
    /// Sessions and reset tokens that were removed from it.
    public var removed: Int
    /// Whether keys of tokens, and app passwords, were removed since the key here does not open them.
    public var hasLostKeys = false
    /// Where the data file before lies now; nil when there was none.
    public var kept: String?

    /// Restores the backup `file` to `dataFile`.
    ///
    /// - Parameters:
    ///   - keepingSessions: whether sessions, reset tokens and signing keys of the backup count again. Those that ended
    ///     after the backup would too, so that the default of the command is no.
    ///   - sealed: what becomes of secrets that are sealed in the backup.
    ///   - stamp: the end of the name under which the data file before is kept.
    /// - Throws: `BackupFailure`, before anything was changed.
    public static func restore(
        _ file: String, to dataFile: String, keepingSessions: Bool, sealed: Sealed, stamp: String
    ) throws -> Restoration {
        try refuseSameFile(file, dataFile)
        // The caller has the data file for itself, so what has this name is left over from a crash.
        let copy = NewFile(path: dataFile, partial: dataFile + ".restoring")
        copy.discard()
        do {
            try copyOctets(from: file, to: copy.partial)
            // A copy of a data file that was not closed in order has its latest changes there.
            if exists(file + "-wal") { try copyOctets(from: file + "-wal", to: copy.partial + "-wal") }
            var result = try prepare(copy.partial, named: file, keepingSessions: keepingSessions, sealed)
            try takeOwner(of: dataFile, copy.partial)
            try NewFile.sync(copy.partial)
            if exists(dataFile) {
                result.kept = try keep(dataFile, as: dataFile + ".before-restore-" + stamp)
            }
            guard rename(copy.partial, dataFile) == 0 else {
                throw BackupFailure("cannot replace \(dataFile)", errno: errno)
            }
            try NewFile.sync(NewFile.folder(of: dataFile))
            return result
        } catch {
            copy.discard()
            throw error as? BackupFailure ?? BackupFailure("\(error)")
        }
    }

    /// Checks the copy and makes it what the server will open; older schemas are migrated by that.
    private static func prepare(
        _ copy: String, named file: String, keepingSessions: Bool, _ sealed: Sealed
    ) throws -> Restoration {
        let connection = try SQLiteConnection(path: copy)
        do {
            try connection.script(SQL("configuring a connection", "PRAGMA locking_mode = EXCLUSIVE"))
            try Migrations.check(connection, path: file)
            guard try number("PRAGMA user_version", connection) > 0 else {
                throw DataFileError(path: file, problem: .foreign)
            }
            try Backup.checkIntegrity(connection, of: file)
            var removed = 0
            if !keepingSessions {
                for table in ["sessions", "reset_tokens"] {
                    removed += try connection.run(SQL("removing sessions", "DELETE FROM \(table)"))
                }
                // They went with the sessions, or nobody waits for them any more. Older schemas do not have them.
                // And a signing key may have been revoked since, because it got out.
                for table in ["refresh_families", "signing_keys", "mail_requests", "outbox", "email_changes"]
                {
                    guard try hasTable(table, connection) else { continue }
                    try connection.run(SQL("removing what came with sessions", "DELETE FROM \(table)"))
                }
            }
            let hasLostKeys = try unseal(connection, of: file, sealed)
            try Backup.makeSingle(connection)
            return Restoration(
                users: try number("SELECT count(*) FROM users", connection), removed: removed,
                hasLostKeys: hasLostKeys)
        } catch let error as BackupFailure {
            throw error
        } catch let error as DataFileError {
            throw error
        } catch {
            throw BackupFailure("cannot restore \(file)", error, systemError: connection.systemError)
        }
    }

    /// Gives the data file a second name, whole: what its log holds is moved into it before, so that no log is left
    /// which a new file could be taken for.
    private static func keep(_ dataFile: String, as kept: String) throws -> String {
        let isWhole = closeOrderly(dataFile)
        guard link(dataFile, kept) == 0 else { throw BackupFailure("cannot create \(kept)", errno: errno) }
        if !isWhole {
            // Damaged: SQLite cannot read it. It is kept with whatever lies beside it.
            for suffix in NewFile.companions where exists(dataFile + suffix) {
                guard link(dataFile + suffix, kept + suffix) == 0 else {
                    throw BackupFailure("cannot create \(kept + suffix)", errno: errno)
                }
            }
        }
        try NewFile.sync(NewFile.folder(of: kept))
        for suffix in NewFile.companions { unlink(dataFile + suffix) }
        try NewFile.sync(NewFile.folder(of: kept))
        return kept
    }

    /// Moves the log of a data file into it, as the end of a server does; false when it cannot be read.
    private static func closeOrderly(_ dataFile: String) -> Bool {
        do {
            // SQLite would open a log beside any file, and remove it.
            guard try begins(dataFile, with: "SQLite format 3\0") else { return false }
            let connection = try SQLiteConnection(path: dataFile)
            try connection.script(SQL("configuring a connection", "PRAGMA locking_mode = EXCLUSIVE"))
            try Backup.makeSingle(connection)
            return true
        } catch {
            return false
        }
    }

    private static func begins(_ path: String, with text: String) throws -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFailure("cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: text.utf8.count)
        return read(descriptor, &octets, octets.count) == octets.count && octets == Array(text.utf8)
    }

    private static func number(_ text: String, _ connection: SQLiteConnection) throws -> Int {
        Int(try connection.row(SQL("reading a backup", text)) { $0.integer(0) } ?? 0)
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func refuseSameFile(_ file: String, _ dataFile: String) throws {
        var (backup, data) = (stat(), stat())
        guard stat(file, &backup) == 0 else { throw BackupFailure("cannot open \(file)", errno: errno) }
        guard backup.st_mode & S_IFMT == S_IFREG else { throw BackupFailure("\(file) is no file") }
        guard stat(dataFile, &data) == 0 else { return }
        guard (backup.st_dev, backup.st_ino) != (data.st_dev, data.st_ino) else {
            throw BackupFailure("\(file) is the data file itself")
        }
    }

    /// Root restores for the user whom the server runs as: the owner of the data file, or else of its folder.
    private static func takeOwner(of dataFile: String, _ copy: String) throws {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard stat(dataFile, &status) == 0 || stat(NewFile.folder(of: dataFile), &status) == 0 else { return }
        guard chown(copy, status.st_uid, status.st_gid) == 0 else {
            throw BackupFailure("cannot change the owner of \(copy)", errno: errno)
        }
    }

    private static func copyOctets(from source: String, to target: String) throws {
        let (input, output) = (
            open(source, O_RDONLY | O_CLOEXEC),
            open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        )
        defer { for descriptor in [input, output] where descriptor >= 0 { close(descriptor) } }
        guard input >= 0 else { throw BackupFailure("cannot open \(source)", errno: errno) }
        guard output >= 0 else { throw BackupFailure("cannot create \(target)", errno: errno) }
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(input, &piece, piece.count)
            guard count >= 0 else { throw BackupFailure("cannot read \(source)", errno: errno) }
            if count == 0 { return }
            var rest = piece[..<count]
            while !rest.isEmpty {
                let written = write(output, Array(rest), rest.count)
                guard written > 0 else { throw BackupFailure("cannot write \(target)", errno: errno) }
                rest = rest.dropFirst(written)
            }
        }
    }
}
