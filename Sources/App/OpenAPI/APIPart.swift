/// A part of the API: a tag of the document and its operations.
struct APIPart: Sendable {
    let name: String
    let text: String
    let operations: [APIOperation]

    /// All parts that are served, in the order of the route table.
    static let all: [APIPart] = [
        APIPart(name: "Running it", text: "For whoever runs the server.", operations: APIOperation.running),
        APIPart(name: "Simple API", text: "JSON under `/api/v1`.", operations: APIOperation.simple),
        APIPart(
            name: "Own account", text: "What users change of their own accounts, with their password.",
            operations: APIOperation.ownAccount),
        APIPart(name: "Forms", text: "The user authentication service.", operations: APIOperation.service),
        APIPart(name: "Sessions", text: "Who is signed in, and where.", operations: APIOperation.sessions),
    ]
}

extension APIOperation {
    /// Every operation.
    static let all = APIPart.all.flatMap(\.operations)
}
