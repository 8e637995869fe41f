public import HTTP

/// Where a password comes from that is to be verified: what decides who waits for whom.
public struct SignInSource: Sendable, Equatable {
    /// The client; behind trusted proxies, theirs.
    public var address: PeerAddress
    /// Whether this account was signed in to from the same device before.
    public var isKnownDevice: Bool
    /// Whether today's password of this account came from the address before.
    var isFamiliar = false
    /// The device, where it showed a cookie of this account.
    public var device: KnownDevice?
    /// The session of somebody who is signed in and gives the password again.
    public var session: SessionID?

    /// A source; by default one of which nothing is known.
    public init(
        address: PeerAddress = .unknown, isKnownDevice: Bool = false, device: KnownDevice? = nil,
        session: SessionID? = nil
    ) {
        self.address = address
        self.session = session
        self.isKnownDevice = isKnownDevice || device != nil || session != nil
        self.device = device
    }

    /// The operator, or somebody who is signed in.
    public static let trusted = SignInSource(isKnownDevice: true)
}
