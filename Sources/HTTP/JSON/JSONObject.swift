import FoundationEssentials

/// A request body that is a JSON object; of duplicate members the first counts.
public struct JSONObject: Sendable {
    private let members: [String: JSONValue]

    /// Reads the body; 400 `Wrong format` when the media type is not JSON, or the body no JSON object.
    public init(_ request: Request) throws(HTTPError) {
        try self.init(request, limits: JSONLimits())
    }

    init(_ request: Request, limits: JSONLimits) throws(HTTPError) {
        guard let media = request.fields[.contentType].flatMap(MediaType.init), media.isJSON else {
            throw Self.wrongFormat("media type is not JSON")
        }
        guard limits.admits(request.body) else { throw Self.wrongFormat("JSON too deep or too many values") }
        // JSON is UTF-8 (RFC 8259 §8.1), but the decoder would take UTF-16 and UTF-32 as well. Those have zeros.
        guard !request.body.contains(0) else { throw Self.wrongFormat("JSON with a zero octet") }
        // Nor does it look at the octets of a value that it drops, the second of two with one name.
        guard (try? UTF8Span(validating: request.body.span)) != nil else {
            throw Self.wrongFormat("JSON is not UTF-8")
        }
        do {
            members = try JSONDecoder().decode([String: JSONValue].self, from: Data(request.body))
        } catch {
            // The error may quote a value, and a value may be a password.
            throw Self.wrongFormat("body is not a JSON object")
        }
    }

    /// Reads a text that is a flat object of at most `most` members, no two with one name; nil: it is something else.
    /// For what stands outside of requests, such as the claims of a token (RFC 8725 §2.8 and §3.10).
    public init?(flat text: [UInt8], most: Int = 32) {
        // What counts is the object itself, and a comma between two members.
        guard text.first == Octet.braceOpen, JSONLimits(depth: 1, values: most + 1).admits(text),
            !text.contains(0),
            (try? UTF8Span(validating: text.span)) != nil,
            let members = try? JSONDecoder().decode([String: JSONValue].self, from: Data(text)),
            JSONLimits(depth: 1, values: members.count + 1).admits(text)
        else { return nil }
        self.members = members
    }

    /// The value of a member; nil when it is absent.
    public subscript(_ name: String) -> JSONValue? { members[name] }

    private static func wrongFormat(_ detail: String) -> HTTPError {
        HTTPError(.badRequest, "Wrong format", detail: detail)
    }
}
