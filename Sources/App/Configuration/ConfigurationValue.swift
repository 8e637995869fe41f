import FoundationEssentials
import Telemetry

/// A value as a configuration file has it, before anyone knows what it is for.
enum ConfigurationValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number that is no whole one, or beyond 64 bits.
    case number(Double)
    case string(String)
    case list([ConfigurationValue])
    case object([String: ConfigurationValue])

    /// One line of JSON5 with strings of at most `longest` octets; an object only as a hint.
    func text(longest: Int = LogText.longest) -> String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .string(let text): LogText.quoted(text, longest: longest)
        case .list(let items): "[" + items.map { $0.text(longest: longest) }.joined(separator: ", ") + "]"
        case .object: "{…}"
        }
    }
}

extension ConfigurationValue: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let fields = Self.unless(mismatched: { try decoder.container(keyedBy: Key.self) }) {
            let pairs = try fields.allKeys.map {
                ($0.stringValue, try fields.decode(ConfigurationValue.self, forKey: $0))
            }
            self = .object(Dictionary(uniqueKeysWithValues: pairs))
            return
        }
        if var items = Self.unless(mismatched: { try decoder.unkeyedContainer() }) {
            var values: [ConfigurationValue] = []
            while !items.isAtEnd { values.append(try items.decode(ConfigurationValue.self)) }
            self = .list(values)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = Self.unless(mismatched: { try value.decode(Bool.self) }) {
            self = .bool(flag)
        } else if let number = Self.unless(mismatched: { try value.decode(Int.self) }) {
            self = .integer(number)
        } else if let number = Self.unless(mismatched: { try value.decode(Double.self) }) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    /// The decoder tells a value's kind only by failing; the last kind tried reports the failure.
    private static func unless<Value>(mismatched decode: () throws -> Value) -> Value? {
        do { return try decode() } catch { return nil }
    }
}
