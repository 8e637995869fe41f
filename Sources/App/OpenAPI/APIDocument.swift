import Auth
import HTTP

/// The description of this server in OpenAPI 3.1, under a configuration.
struct APIDocument: Sendable {
    let schemes: [Configuration.Scheme]
    /// Nil: no filter.
    let openPaths: [OpenPath]?
    let cookieName: String
    /// Octets.
    let shortestPassword: Int

    /// The document's text.
    var text: [UInt8] { JSONText.of(json) }

    private var json: JSONValue {
        [
            "openapi": "3.1.1",
            "info": [
                "title": "sessiond", "version": .string(version),
                "summary": "Sessions and who is behind them",
                "description": .string(Self.introduction),
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(
                APIPart.all.map { ["name": .string($0.name), "description": .string($0.text)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(
                    APIComponents.schemas(shortestPassword: shortestPassword).mapValues { .object($0.json) }),
                "headers": .object(
                    Dictionary(uniqueKeysWithValues: APIHeader.all.map { ($0.name, $0.definition) })),
                "responses": .object(APIAnswer.ofErrors.mapValues(\.definition)),
                "securitySchemes": .object(
                    APIComponents.security(cookieName: cookieName).filter { names.contains($0.key) }),
            ],
        ]
    }

    private static let introduction = """
        Every answer is JSON in UTF-8, with the fields `X-Content-Type-Options: nosniff` and `Cache-Control: no-store`; \
        of all of them the key set alone may be kept. \
        `HEAD` works where `GET` does; `OPTIONS` answers 204 with `Allow`; any other method is 405. One trailing slash \
        makes no difference. A request that another site's page sends and that may change something is 403. 200, 401 \
        and 403 are facts: when the server cannot know, it says 503.
        """

    private var paths: [String: JSONValue] {
        var paths: [String: [String: JSONValue]] = [:]
        for part in APIPart.all {
            for operation in part.operations {
                paths[operation.template, default: [:]][operation.method.rawValue.lowercased()] =
                    json(of: operation, in: part)
            }
        }
        return paths.mapValues(JSONValue.object)
    }

    private func json(of operation: APIOperation, in part: APIPart) -> JSONValue {
        var json: [String: JSONValue] = [
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": [.string(part.name)], "security": security(of: operation),
            "responses": .object(
                Dictionary(
                    uniqueKeysWithValues: answers(of: operation).map { ("\($0.status.rawValue)", $0.json) })),
        ]
        json["description"] = operation.details.map(JSONValue.string)
        let parameters =
            operation.path.map { $0.json(in: "path") } + operation.query.map { $0.json(in: "query") }
        if !parameters.isEmpty { json["parameters"] = .array(parameters) }
        json["requestBody"] = operation.body?.json
        return .object(json)
    }

    /// Whether the filter lets everybody through to it.
    func isOpen(_ operation: APIOperation) -> Bool {
        openPaths?.contains { $0.covers(operation.method, operation.pattern) } ?? true
    }

    /// Any one of the schemes, where the filter demands one.
    private func security(of operation: APIOperation) -> JSONValue {
        guard isOpen(operation) else { return .array(names.map { [$0: []] }) }
        let alternatives = operation.alternatives.filter(names.contains)
        return alternatives.isEmpty ? [] : .array([[:]] + alternatives.map { [$0: []] })
    }

    /// With a filter and no scheme nothing opens a path. The document cannot say that; it must not say "open".
    private var names: [String] {
        schemes.isEmpty && openPaths != nil ? ["session"] : schemes.map(\.rawValue)
    }

    /// What it says itself, then what comes from the filter, then what any request may be answered.
    func answers(of operation: APIOperation) -> [APIAnswer] {
        var answers = operation.answers
        func add(_ more: [APIAnswer]) {
            answers += more.filter { new in !answers.contains { $0.status == new.status } }
        }
        if !isOpen(operation) {
            switch operation.denial {
            case .standard: add([.error(.unauthorized), .error(.forbidden)])
            case .forbidden:
                add([.error(.forbidden)])
                // A proof that is right but for its nonce.
                if schemes.contains(.digest) { add([.error(.unauthorized)]) }
            case .unauthorized: add([.error(.unauthorized)])
            }
            // A wrong password with the request itself, once too often.
            add([.error(.tooManyRequests)])
        }
        // Another site's page, and what may only read.
        if !operation.method.isSafe { add([.error(.forbidden)]) }
        add(APIAnswer.toAnyRequest)
        return answers
    }
}
