import Glibc

/// The data file cannot be used: ends the start with a sentence for the operator.
public struct DataFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the file.
    public enum Problem: Sendable, Equatable {
        /// The system refuses it.
        case system(errno: Int32)
        /// SQLite refuses it, with its extended result code.
        case library(code: Int32)
        /// It may be read but not written.
        case readOnly
        /// It is no SQLite file, or the SQLite file of another program.
        case foreign
        /// A newer sessiond wrote it: its schema, and the newest one known here.
        case newer(schema: Int, known: Int)
        /// Its file system lacks the shared memory that WAL mode needs, as network file systems do.
        case withoutWAL
    }

    /// As configured.
    public var path: String
    /// What is wrong with it.
    public var problem: Problem

    /// A problem of the file at `path`.
    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// A sentence with the path.
    public var description: String {
        let reason =
            switch problem {
            case .system(let errno): String(cString: strerror(errno))
            case .library(let code): "SQLite error \(code)"
            case .readOnly: "it is not writable"
            case .foreign: "it is not a data file of sessiond"
            case .newer(let schema, let known):
                "a newer sessiond wrote it (schema \(schema), this one knows \(known))"
            case .withoutWAL: "its file system cannot hold a write-ahead log"
            }
        return "Cannot use data file \(path): \(reason)"
    }
}

/// The data file before SQLite sees it.
enum DataFile {
    /// Creates the file, readable by its owner alone whatever the umask; SQLite gives `-wal` and `-shm` its mode.
    ///
    /// A file that exists is not touched: closing a descriptor of it would drop this process's SQLite locks.
    static func create(at path: String) throws(DataFileError) {
        let file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { return }
            throw DataFileError(path: path, problem: .system(errno: errno))
        }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else {
            throw DataFileError(path: path, problem: .system(errno: errno))
        }
    }
}
