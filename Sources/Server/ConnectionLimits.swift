/// How many connections there may be. Past a limit a new one is answered 503 and closed.
public struct ConnectionLimits: Sendable, Equatable {
    /// In all, over all loops. Default 100,000; never more than the system's descriptors allow.
    public var total = 100_000
    /// From one address; IPv6 counts by /64, which is what one customer gets. Default 8,192.
    public var perAddress = 8_192
    /// Requests on one connection; the last one's answer closes it. Default 100,000.
    public var requests = 100_000

    /// The defaults.
    public init() {}
}
