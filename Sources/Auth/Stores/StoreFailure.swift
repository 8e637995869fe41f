/// The store cannot answer: a fault of the disk or the library, never of the client. Becomes 503: doubt, not "no".
public struct StoreFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The library's (extended) result code.
    public var code: Int32
    /// What was being done. Safe to log: no value of a user in it.
    public var operation: String

    /// A failure of `operation` with the library's result code.
    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// For the log.
    public var description: String { "\(operation) failed with code \(code)" }
}
