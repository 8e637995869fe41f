public import HTTP

/// What of a running server can be replaced, all of it at once: see `RunningServer.adopt`.
public struct LiveSettings: Sendable {
    /// What answers.
    public var responder: Responder
    /// What the gate accepts.
    public var limits: RequestLimits
    /// How long a client may take. What is already waiting goes by them too.
    public var timeouts: Timeouts
    /// How many connections there may be. None is closed because there are fewer places than before.
    public var connections: ConnectionLimits
    /// What TLS connections are made from; nil exactly when there are no TLS listeners.
    public var tls: TLSContext?
    /// Seconds for which browsers shall use nothing but TLS; 0: as they like.
    public var hsts: Int
    /// How long `drain` waits for requests in flight.
    public var drainTimeout: Duration

    /// Those that a server starts with.
    public init(_ configuration: ServerConfiguration, responder: Responder) {
        self.responder = responder
        limits = configuration.limits
        timeouts = configuration.timeouts
        connections = configuration.connections
        tls = configuration.tls?.context
        hsts = configuration.tls?.hsts ?? 0
        drainTimeout = configuration.drainTimeout
    }

    /// Settings.
    public init(
        responder: Responder, limits: RequestLimits, timeouts: Timeouts, connections: ConnectionLimits,
        tls: TLSContext?, hsts: Int, drainTimeout: Duration
    ) {
        self.responder = responder
        self.limits = limits
        self.timeouts = timeouts
        self.connections = connections
        self.tls = tls
        self.hsts = hsts
        self.drainTimeout = drainTimeout
    }

    /// The field for answers over TLS (RFC 6797 §6.1).
    var strictTransportSecurity: ResponseField? {
        hsts > 0 ? ResponseField("Strict-Transport-Security", "max-age=\(hsts)") : nil
    }
}
