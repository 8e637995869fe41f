import Auth
import Glibc

/// A backup or a restore that could not be done.
public struct BackupFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line for the operator.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// The system refused an operation, such as "cannot create /x".
    init(_ operation: String, errno: Int32) {
        self.init("\(operation): \(String(cString: strerror(errno)))")
    }

    /// Puts SQLite's codes into words; `systemError` is what the system said, if anything.
    init(_ operation: String, _ error: any Error, systemError: Int32) {
        let code = (error as? StoreFailure).map { $0.code & 0xff }
        if let failure = error as? BackupFailure {
            self = failure
        } else if code == 13 {  // SQLITE_FULL
            self.init(operation, errno: ENOSPC)
        } else if code == 10, systemError != 0 {  // SQLITE_IOERR
            self.init(operation, errno: systemError)
        } else {
            self.init("\(operation): \(error)")
        }
    }
}
