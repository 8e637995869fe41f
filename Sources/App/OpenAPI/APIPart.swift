/// A part of the API: a tag of the document, its operations, and the schemas that only they refer to.
struct APIPart: Sendable {
    let name: String
    let text: String
    let operations: [APIOperation]
    var schemas: [String: APISchema] = [:]

    /// All parts that are served, in the order of the route table.
    static let all = [running, simple, tokens, ownAccount, service, sessions, credentials]

    private static let running = APIPart(
        name: "Running it", text: "For whoever runs the server.", operations: APIOperation.running)
    private static let simple = APIPart(
        name: "Simple API", text: "JSON under `/api/v1`.", operations: APIOperation.simple)
    private static let ownAccount = APIPart(
        name: "Own account", text: "What users change of their own accounts, with their password.",
        operations: APIOperation.ownAccount)
    private static let service = APIPart(
        name: "Forms", text: "The user authentication service.", operations: APIOperation.service)
    private static let sessions = APIPart(
        name: "Sessions", text: "Who is signed in, and where.", operations: APIOperation.sessions)
    private static let tokens = APIPart(
        name: "Tokens", text: "Access tokens, and the keys that verify them.",
        operations: APIOperation.tokens, schemas: APIComponents.ofTokens)
    private static let credentials = APIPart(
        name: "Credentials for programs", text: "API keys and app passwords.",
        operations: APIOperation.credentials, schemas: APIComponents.ofCredentials)
}

extension APIOperation {
    /// Every operation.
    static let all = APIPart.all.flatMap(\.operations)
}
