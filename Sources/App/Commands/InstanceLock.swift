import Glibc

/// At most one process changes a data file: the server, or a command while no server runs.
///
/// A file of its own is locked: a lock on the data file would get in the way of SQLite's. The lock goes with the process.
final class InstanceLock {
    /// Another process has it.
    struct Taken: Error, CustomStringConvertible {
        let dataFile: String
        var description: String { "another sessiond uses the data file \(dataFile)" }
    }

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Takes the lock of a data file, or throws `Taken` at once.
    static func acquire(dataFile: String) throws -> InstanceLock {
        let path = dataFile + ".lock"
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure(operation: "cannot open \(path)", code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw FileFailure(operation: "cannot lock \(path)", code: code) }
            throw Taken(dataFile: dataFile)
        }
        return InstanceLock(descriptor: descriptor)
    }
}

/// The system refused something with a file or a socket.
struct FileFailure: Error, CustomStringConvertible {
    let operation: String
    let code: Int32
    var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
