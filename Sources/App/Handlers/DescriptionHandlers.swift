import HTTP
import Workers

/// `GET /openapi.json`: the server in the words of OpenAPI, for programs.
final class DescriptionHandlers: Sendable {
    private let document: APIDocument
    /// Written when it is asked for first: most servers never are.
    private let text = Locked<[UInt8]>([])

    init(_ document: APIDocument) {
        self.document = document
    }

    @Sendable func describe(_ call: Call) -> Response {
        Response(
            status: .ok,
            body: text.withLock { text in
                if text.isEmpty { text = document.text }
                return text
            })
    }
}
