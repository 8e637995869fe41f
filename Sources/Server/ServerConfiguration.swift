public import HTTP

/// How a reply leaves.
public enum ReplyPath: String, Sendable, CaseIterable {
    /// Our own head, sent directly; evhttp is told afterwards. Half the system calls of the other way.
    case fast
    /// `evhttp_send_reply`: should the fast path ever be suspected, it can be ruled out without a new build.
    case library
}

/// What the server needs to know before it starts.
public struct ServerConfiguration: Sendable {
    /// Where to listen.
    public var addresses: [ListeningAddress]
    /// TLS listeners beside the plain ones; nil: none.
    public var tls: TLSConfiguration?
    /// Event loops, each with its own thread; at least 1.
    public var loops: Int
    /// What the gate accepts.
    public var limits: RequestLimits
    /// How long a client may take.
    public var timeouts: Timeouts
    /// How many connections there may be.
    public var connections: ConnectionLimits
    /// How replies leave.
    public var replyPath: ReplyPath
    /// How long `drain` waits for requests in flight. Default 10 seconds.
    public var drainTimeout: Duration

    /// A configuration.
    public init(
        addresses: [ListeningAddress], tls: TLSConfiguration? = nil, loops: Int = 1,
        limits: RequestLimits = RequestLimits(),
        timeouts: Timeouts = Timeouts(), connections: ConnectionLimits = ConnectionLimits(),
        replyPath: ReplyPath = .fast, drainTimeout: Duration = .seconds(10)
    ) {
        self.addresses = addresses
        self.tls = tls
        self.loops = loops
        self.limits = limits
        self.timeouts = timeouts
        self.connections = connections
        self.replyPath = replyPath
        self.drainTimeout = drainTimeout
    }
}
