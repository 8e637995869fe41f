import HTTP

/// A schema of the document (JSON Schema, draft 2020-12), as much of it as is said here.
struct APISchema: Sendable {
    private(set) var json: [String: JSONValue]

    /// Text. `length` is in characters; that is what JSON Schema counts.
    static func string(
        _ text: String? = nil, format: String? = nil, pattern: String? = nil, length: ClosedRange<Int>? = nil,
        from: Int? = nil, example: String? = nil
    ) -> APISchema {
        var json: [String: JSONValue] = ["type": "string"]
        json["description"] = text.map(JSONValue.string)
        json["format"] = format.map(JSONValue.string)
        json["pattern"] = pattern.map(JSONValue.string)
        json["minLength"] = (length?.lowerBound ?? from).map { .number(Double($0)) }
        json["maxLength"] = (length?.upperBound).map { .number(Double($0)) }
        json["examples"] = example.map { .array([.string($0)]) }
        return APISchema(json: json)
    }

    /// One of these texts.
    static func oneOf(_ texts: String...) -> APISchema {
        APISchema(json: ["type": "string", "enum": .array(texts.map(JSONValue.string))])
    }

    /// This text and no other.
    static func text(_ text: String) -> APISchema {
        APISchema(json: ["const": .string(text)])
    }

    /// A whole number.
    static func integer(_ range: PartialRangeFrom<Int>) -> APISchema {
        APISchema(json: ["type": "integer", "minimum": .number(Double(range.lowerBound))])
    }

    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> APISchema {
        var schema = integer(range.lowerBound...)
        schema.json["maximum"] = .number(Double(range.upperBound))
        return schema
    }

    /// An object of whatever members.
    static let openObject = APISchema(json: ["type": "object"])

    static let boolean = APISchema(json: ["type": "boolean"])

    static func array(of items: APISchema) -> APISchema {
        APISchema(json: ["type": "array", "items": .object(items.json)])
    }

    /// What the server writes: these members, all of them, and no others.
    static func answer(_ members: KeyValuePairs<String, APISchema>) -> APISchema {
        answer(members: Dictionary(uniqueKeysWithValues: Array(members)))
    }

    /// The same of members that are put together.
    static func answer(members: [String: APISchema]) -> APISchema {
        object(Array(members), optional: [], isOpen: false)
    }

    /// What the server reads: these members; others are ignored.
    static func input(
        _ members: KeyValuePairs<String, APISchema>, optional: KeyValuePairs<String, APISchema> = [:]
    ) -> APISchema {
        object(Array(members), optional: Array(optional), isOpen: true)
    }

    private static func object(
        _ members: [(key: String, value: APISchema)], optional: [(key: String, value: APISchema)],
        isOpen: Bool
    ) -> APISchema {
        let all = (members + optional).map { ($0.key, JSONValue.object($0.value.json)) }
        var json: [String: JSONValue] = ["type": "object", "additionalProperties": .bool(isOpen)]
        if !all.isEmpty { json["properties"] = .object(Dictionary(uniqueKeysWithValues: all)) }
        if !members.isEmpty { json["required"] = .array(members.map(\.key).sorted().map(JSONValue.string)) }
        return APISchema(json: json)
    }

    /// Any of these.
    static func any(of schemas: APISchema...) -> APISchema {
        APISchema(json: ["anyOf": .array(schemas.map { .object($0.json) })])
    }

    /// One of `APIComponents`, by its name.
    static func component(_ name: String) -> APISchema {
        APISchema(json: ["$ref": .string("#/components/schemas/\(name)")])
    }

    /// The same, or null.
    var orNull: APISchema {
        guard case .string(let type) = json["type"] else {
            return .any(of: self, APISchema(json: ["type": "null"]))
        }
        var schema = self
        schema.json["type"] = .array([.string(type), "null"])
        return schema
    }

    /// The same with something to read.
    func described(_ text: String) -> APISchema { with("description", .string(text)) }

    /// The same with a keyword more.
    func with(_ keyword: String, _ value: JSONValue) -> APISchema {
        var schema = self
        schema.json[keyword] = value
        return schema
    }
}
