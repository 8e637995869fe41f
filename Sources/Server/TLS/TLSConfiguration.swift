/// TLS on addresses of its own.
public struct TLSConfiguration: Sendable {
    /// Where to listen.
    public var addresses: [ListeningAddress]
    /// Certificate and key; `RunningServer.adopt` gives others to connections to come.
    public var context: TLSContext
    /// Seconds for which browsers shall use nothing but TLS; 0: as they like.
    public var hsts: Int

    /// A configuration.
    public init(addresses: [ListeningAddress], context: TLSContext, hsts: Int = 0) {
        self.addresses = addresses
        self.context = context
        self.hsts = hsts
    }
}
