/// Where a request really came from, as far as it can be believed.
public struct ClientOrigin: Sendable, Equatable {
    /// The nearest address that is not a trusted proxy's.
    public var address: PeerAddress
    /// Whether a trusted proxy says that its client spoke TLS.
    public var isSecure: Bool
    /// The host that a trusted proxy says its client asked for.
    public var host: String?

    /// An origin; by default the other end of the connection itself, over plain HTTP.
    public init(address: PeerAddress, isSecure: Bool = false, host: String? = nil) {
        self.address = address
        self.isSecure = isSecure
        self.host = host
    }
}

extension TrustedProxies {
    /// Where a request came from.
    ///
    /// Each hop is believed about the one before it while it is trusted itself, from the right to the left. The first
    /// that is not trusted is the client. What is malformed or hidden ends the walk, and the last hop that could be
    /// believed is the client.
    public func origin(of request: Request) -> ClientOrigin {
        let peer = ClientOrigin(address: request.peer, isSecure: request.isSecure)
        guard contains(request.peer) else { return peer }
        return switch fields {
        case .xForwarded: xForwarded(request.fields, from: peer)
        case .forwarded: forwarded(request.fields, from: peer)
        }
    }

    /// Scheme and host are those of the element that names the client: the proxy that it spoke to wrote them.
    private func forwarded(_ fields: RequestFields, from peer: ClientOrigin) -> ClientOrigin {
        var origin = peer
        var elements = ElementsFromTheRight(fields.all(.forwarded), quoted: true)
        while let text = elements.next(), let element = ForwardedElement(text) {
            origin.isSecure = element.isSecure
            origin.host = element.host
            guard case .address(let address) = element.node else { break }
            origin.address = address
            guard contains(address) else { break }
        }
        return origin
    }

    private func xForwarded(_ fields: RequestFields, from peer: ClientOrigin) -> ClientOrigin {
        var origin = peer
        var hops = 0
        var entries = ElementsFromTheRight(fields.all(.xForwardedFor), quoted: false)
        while let text = entries.next(), case .address(let address) = ForwardedNode(listed: text) {
            hops += 1
            origin.address = address
            guard contains(address) else { break }
        }
        origin.isSecure =
            Self.element(hops, of: fields.all(.xForwardedProto)).map(ForwardedElement.isHTTPS)
            ?? peer.isSecure
        origin.host = Self.element(hops, of: fields.all(.xForwardedHost)).flatMap(ForwardedElement.host)
        return origin
    }

    /// The element of the same hop as in `X-Forwarded-For`; the left-most, where proxies set one for all of them.
    private static func element(_ hop: Int, of lines: [ArraySlice<UInt8>]) -> ArraySlice<UInt8>? {
        var elements = ElementsFromTheRight(lines, quoted: false)
        var found = elements.next()
        var seen = 1
        while seen < hop, let next = elements.next() {
            found = next
            seen += 1
        }
        return found
    }
}
