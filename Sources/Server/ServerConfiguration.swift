public import HTTP

/// How a reply leaves.
public enum ReplyPath: String, Sendable, CaseIterable {
    /// Our own head, sent directly; evhttp is told afterwards. Half the system calls of the other way.
    case fast
    /// `evhttp_send_reply`: should the fast path ever be suspected, it can be ruled out without a new build.
    case library
}

/// A Unix-domain socket to listen on.
public struct UnixSocket: Sendable, Equatable {
    /// The file; at most `UnixAddress.longestPath` octets.
    public var path: String
    /// The bits of its mode: who may connect.
    public var mode: UInt32

    /// A path and a mode.
    public init(path: String, mode: UInt32) {
        self.path = path
        self.mode = mode
    }
}

/// What the server needs to know before it starts.
public struct ServerConfiguration: Sendable {
    /// Where to listen.
    public var addresses: [ListeningAddress]
    /// TLS listeners beside the plain ones; nil: none.
    public var tls: TLSConfiguration?
    /// A Unix-domain socket to listen on as well. Default nil.
    public var unixSocket: UnixSocket?
    /// Descriptors of sockets that somebody else has opened and that already listen. The server closes them.
    public var inheritedSockets: [Int32] = []
    /// Where it counts what it does.
    public var meter = ServerMeter()
    /// Event loops, each with its own thread; at least 1.
    public var loops: Int
    /// What the threads are called, followed by their number.
    public var threads = "loop"
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
