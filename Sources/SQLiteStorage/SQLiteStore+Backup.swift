import Workers

extension SQLiteStore {
    /// Copies the data file, as it is now, to a new file at an absolute path, while changes go on.
    ///
    /// The file is readable by its owner alone, appears when it is complete and on the disk, and needs no log. One
    /// backup at a time, on a thread of its own at lower priority; it ends early when the disk of the data file is full,
    /// because the log cannot be reused meanwhile.
    ///
    /// - Throws: `BackupFailure`.
    public func backUp(to path: String) async throws {
        try backups.begin()
        let thread = WorkerPool(name: "backup", threads: 1, capacity: 1, niceness: 10)
        defer {
            thread.stop()
            backups.end()
        }
        try await thread.run { [self] in try Backup.make(of: self.path, at: path, turn: backups) }
    }

    /// Ends the backup that is being made, if any.
    public func cancelBackup() {
        backups.cancel(because: .stop)
    }

    /// Copies a data file that no store uses; changes nothing in it.
    public static func backUp(_ dataFile: String, to path: String) throws {
        try Backup.make(of: dataFile, at: path, turn: BackupTurn())
    }
}
