/// A request that the gate does not let through: which status answers it, and why, for the log.
public struct Refusal: Error, Sendable, Equatable {
    /// 400, 405, 413, 414, 417, 431, 501 or 505 from the gate; 408 and 503 when time ran out.
    public let status: Status
    /// What was wrong. Fixed text of ours, so it is safe to send and to log.
    public let reason: String
    /// Whether the request line said HEAD, so that the answer has no content.
    public var isHead = false

    /// A refusal with the words of the answer.
    public init(_ status: Status, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}
