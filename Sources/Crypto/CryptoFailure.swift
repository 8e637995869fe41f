/// The cryptographic library could not do its work: doubt, never "wrong password".
public struct CryptoFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done; safe to log.
    public var operation: String
    /// Why; safe to log.
    public var cause: String

    /// A failure of `operation`; for want of memory, unless something else is said.
    public init(operation: String, cause: String = "out of memory") {
        self.operation = operation
        self.cause = cause
    }

    /// For the log.
    public var description: String { "\(operation) failed: \(cause)" }
}
