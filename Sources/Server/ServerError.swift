import Glibc

/// The system refused something while the server was being set up.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What was being done, in words for the operator.
    public let operation: String
    /// The value of errno.
    public let code: Int32

    init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// One line: what failed and why.
    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
