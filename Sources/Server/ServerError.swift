import Glibc

/// The system refused something while the server was being set up.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What was being done, in words for the operator.
    public let operation: String
    /// Why not, in the system's words.
    public let reason: String

    init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    /// `code` is a value of errno.
    init(operation: String, code: Int32) {
        self.init(operation: operation, reason: String(cString: strerror(code)))
    }

    /// One line: what failed and why.
    public var description: String { "\(operation): \(reason)" }
}
