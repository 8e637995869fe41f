import HTTP

/// What an operation may answer.
struct APIAnswer: Sendable {
    let status: Status
    /// Nil: what the status says by itself.
    private let text: String?
    private let schema: APISchema?
    private let headers: [APIHeader]
    let links: [APILink]
    private var mediaType = "application/json"

    /// What was asked for, as text of another kind.
    static func text(_ text: String, _ mediaType: String) -> APIAnswer {
        var answer = ok(text, .string())
        answer.mediaType = mediaType
        return answer
    }

    /// What was asked for.
    static func ok(
        _ text: String, _ schema: APISchema?, headers: [APIHeader] = [], links: [APILink] = []
    ) -> APIAnswer {
        of(.ok, text, schema, headers: headers, links: links)
    }

    /// What was asked for, with another status.
    static func of(
        _ status: Status, _ text: String, _ schema: APISchema?, headers: [APIHeader] = [],
        links: [APILink] = []
    ) -> APIAnswer {
        APIAnswer(status: status, text: text, schema: schema, headers: headers, links: links)
    }

    /// `{"error":…}`; with a text, when it says more than the status does.
    static func error(_ status: Status, _ text: String? = nil, schema: APISchema = .error) -> APIAnswer {
        APIAnswer(
            status: status, text: text, schema: schema, headers: APIHeader.ofErrors[status] ?? [], links: [])
    }

    /// What every request may be answered, whatever it asks for (docs/HTTP.md, "What the gate refuses").
    static let toAnyRequest: [APIAnswer] = [
        .error(.badRequest), .error(.requestTimeout), .error(.contentTooLarge), .error(.uriTooLong),
        .error(.expectationFailed), .error(.headerFieldsTooLarge), .error(.internalServerError),
        .error(.notImplemented), .error(.serviceUnavailable), .error(.versionNotSupported),
    ]

    /// The errors of `components.responses`, by the names they have there.
    static let ofErrors: [String: APIAnswer] = Dictionary(
        uniqueKeysWithValues: (toAnyRequest + [
            .error(.unauthorized), .error(.forbidden), .error(.notFound), .error(.methodNotAllowed),
            .error(.conflict), .error(.unsupportedMediaType), .error(.tooManyRequests),
        ]).map { ($0.componentName, $0) })

    /// The names of the fields that are worth a word, as on the wire.
    var fields: [String] { headers.map(\.field) }

    private var componentName: String { status.reason.split(separator: " ").joined() }

    /// As it stands among an operation's responses.
    var json: JSONValue {
        text == nil ? ["$ref": .string("#/components/responses/\(componentName)")] : definition
    }

    /// The whole of it.
    var definition: JSONValue {
        let headers = headers + [.requestID]
        var json: [String: JSONValue] = [
            "description": .string(text ?? status.errorText),
            "headers": .object(
                Dictionary(
                    uniqueKeysWithValues: headers.map {
                        ($0.field, ["$ref": .string("#/components/headers/\($0.name)")])
                    })),
        ]
        if let schema {
            json["content"] = .object([mediaType: ["schema": .object(schema.json)]])
        }
        if !links.isEmpty {
            json["links"] = .object(
                Dictionary(uniqueKeysWithValues: links.map { ($0.operation, $0.json) }))
        }
        return .object(json)
    }
}

extension APISchema {
    static let error = component("Error")
}

/// Where something in an answer can be used next.
struct APILink: Sendable {
    /// The operation's id.
    let operation: String
    /// Its path parameters, as expressions such as `$response.body#/id`.
    var parameters: [String: String] = [:]
    /// Its body, with expressions in its members.
    var body: [String: String] = [:]

    fileprivate var json: JSONValue {
        var json: [String: JSONValue] = ["operationId": .string(operation)]
        if !parameters.isEmpty { json["parameters"] = .object(parameters.mapValues(JSONValue.string)) }
        if !body.isEmpty { json["requestBody"] = .object(body.mapValues(JSONValue.string)) }
        return .object(json)
    }
}
