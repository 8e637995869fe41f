/// Any JSON value (RFC 8259 §3).
public enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    /// As a Double: integers past 2^53 lose digits (RFC 8259 §6).
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Of duplicate names the first counts.
    case object([String: JSONValue])

    /// The text, if this is a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Finds out which kind of value is there.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try container.decodeIfMatching(String.self) {
            self = .string(text)
        } else if let number = try container.decodeIfMatching(Double.self) {
            self = .number(number)
        } else if let truth = try container.decodeIfMatching(Bool.self) {
            self = .bool(truth)
        } else if let members = try container.decodeIfMatching([String: JSONValue].self) {
            self = .object(members)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }
}

extension SingleValueDecodingContainer {
    /// Nil when the value is of another kind.
    fileprivate func decodeIfMatching<Value: Decodable>(_ type: Value.Type) throws -> Value? {
        do {
            return try decode(type)
        } catch DecodingError.typeMismatch {
            return nil
        }
    }
}
