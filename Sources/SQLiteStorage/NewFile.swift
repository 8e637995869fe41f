import Glibc

/// A file that gets its name when it is complete and on the disk, and never in place of another.
struct NewFile {
    /// The name it will have.
    let path: String
    /// The name it has meanwhile, in the same folder.
    let partial: String

    /// Files that SQLite may leave beside a database.
    static let companions = ["-wal", "-shm", "-journal"]

    /// Creates the partial file, for its owner alone.
    static func create(at path: String, suffix: String) throws(BackupFailure) -> NewFile {
        var status = stat()
        guard lstat(path, &status) != 0 else { throw BackupFailure("\(path) exists already") }
        let file = NewFile(path: path, partial: path + suffix)
        let descriptor = open(file.partial, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFailure("cannot create \(file.partial)", errno: errno) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else {
            throw BackupFailure("cannot set the mode of \(file.partial)", errno: errno)
        }
        return file
    }

    /// Gives the file its name: nobody sees it before, and a crash leaves it whole or without the name.
    func publish() throws(BackupFailure) {
        try Self.sync(partial)
        guard link(partial, path) == 0 else {
            if errno == EEXIST { throw BackupFailure("\(path) exists already") }
            throw BackupFailure("cannot create \(path)", errno: errno)
        }
        unlink(partial)
        try Self.sync(Self.folder(of: path))
    }

    /// Removes the partial file, if it is there.
    func discard() {
        for suffix in [""] + Self.companions { unlink(partial + suffix) }
    }

    /// Waits until a file, or the names in a folder, are on the disk.
    static func sync(_ path: String) throws(BackupFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFailure("cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupFailure("cannot write \(path)", errno: errno) }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
