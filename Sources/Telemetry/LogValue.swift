/// A value in a log line.
///
/// There is no way to put a `Redacted` in.
public enum LogValue: Sendable, Equatable {
    /// Text from anywhere: it is escaped, and cut at 256 octets.
    case string(String)
    /// A sentence for the operator, such as why a configuration was refused: escaped, and cut at 2,048 octets.
    case explanation(String)
    case int(Int64)
    /// A number that is not finite is written as a string.
    case double(Double)
    case bool(Bool)

    /// Any integer; one beyond 64 bits is held at the bound.
    public static func int(_ value: some BinaryInteger) -> LogValue { .int(Int64(clamping: value)) }
}

extension LogValue: ExpressibleByStringInterpolation {
    /// `"text"`, also with interpolation.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
    /// A whole number such as `5`.
    public init(integerLiteral value: Int64) { self = .int(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
    /// A number such as `0.5`.
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
    /// A word such as `true`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}
