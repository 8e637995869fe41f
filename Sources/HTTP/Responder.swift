/// What the server asks of the application: an answer to every request, and to every request that the gate refused.
public struct Responder: Sendable {
    /// Answers a request. Called on the loop of the connection; runs there until it first waits for something.
    public let respond: @Sendable (Request) async -> Response
    /// Words a refusal. Called on the loop; never waits.
    public let refuse: @Sendable (Refusal, RequestID, PeerAddress) -> Response

    /// A responder of two functions.
    public init(
        respond: @escaping @Sendable (Request) async -> Response,
        refuse: @escaping @Sendable (Refusal, RequestID, PeerAddress) -> Response
    ) {
        self.respond = respond
        self.refuse = refuse
    }
}
