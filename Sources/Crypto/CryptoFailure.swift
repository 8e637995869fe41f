/// The cryptographic library could not do its work, for want of memory: doubt, never "wrong password".
public struct CryptoFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done; safe to log.
    public var operation: String

    /// A failure of `operation`.
    public init(operation: String) {
        self.operation = operation
    }

    /// For the log.
    public var description: String { "\(operation) failed: out of memory" }
}
