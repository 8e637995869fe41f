/// A secret: it prints as `<redacted>` wherever a value can be printed, dumped or reflected.
public struct Redacted<Value: Sendable>: Sendable {
    /// The secret itself, for the one place that needs it.
    public let secret: Value

    /// Wraps a secret.
    public init(_ secret: Value) {
        self.secret = secret
    }
}

extension Redacted: Equatable where Value: Equatable {}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// A mirror without children: `dump` and default descriptions of containers see nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
