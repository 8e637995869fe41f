/// What the server asks of the application: an answer to every request, and to every request that the gate refused.
public struct Responder: Sendable {
    /// What the server has to say that belongs to no request; each at most once a second and loop.
    public enum Report: Sendable, Equatable {
        /// So many connections were one too many.
        case shedConnections(Int)
        /// The system had no descriptor or memory for another connection.
        case pausedAccepting
    }

    /// What comes of a request.
    public enum Reply: Sendable {
        /// The answer is there: nothing had to be waited for.
        case ready(Response)
        /// Something must be waited for. Runs on the loop of the connection. `route` is that of the answer, should
        /// nobody wait for it any longer.
        case pending(route: UInt16, @Sendable () async -> Response)
    }

    /// Answers a request. Called on the loop of the connection; never waits.
    public let respond: @Sendable (consuming Request) -> Reply
    /// Words a refusal. Called on the loop; never waits.
    public let refuse: @Sendable (Refusal, RequestID, PeerAddress) -> Response
    /// What a connection is told when there are too many.
    public let tooManyConnections: Response
    /// The patterns of the routes that answers are counted by; see `Response.route`.
    public let routes: [String]
    /// Takes a report. Called on a loop; never waits.
    public let report: @Sendable (Report) -> Void

    /// A responder of these functions.
    public init(
        respond: @escaping @Sendable (consuming Request) -> Reply,
        refuse: @escaping @Sendable (Refusal, RequestID, PeerAddress) -> Response,
        tooManyConnections: Response = Response(status: .serviceUnavailable),
        routes: [String] = [],
        report: @escaping @Sendable (Report) -> Void = { _ in }
    ) {
        self.respond = respond
        self.refuse = refuse
        self.tooManyConnections = tooManyConnections
        self.routes = routes
        self.report = report
    }
}
