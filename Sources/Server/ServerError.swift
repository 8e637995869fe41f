import Glibc

/// The system refused something while the server was being set up.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What was being done, in words for the operator.
    public let operation: String
    /// Why not, in the system's words.
    public let reason: String

    /// The value of errno; 0 where there is none.
    let code: Int32

    init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
        code = 0
    }

    /// `code` is a value of errno.
    init(operation: String, code: Int32) {
        self.operation = operation
        reason = String(cString: strerror(code))
        self.code = code
    }

    /// Whether an address is of a family that this machine does not speak, as IPv6 in many containers.
    var isForeignFamily: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }

    /// One line: what failed and why.
    public var description: String { "\(operation): \(reason)" }
}
