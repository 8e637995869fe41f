/// The head of a request after the gate: every line is valid, the framing is decided.
public struct RequestHead: Sendable {
    /// The method.
    public var method: Method
    /// Path and query; decoded and normalised once.
    public var target: RequestTarget
    /// The fields this server reads.
    public var fields: RequestFields
    /// Whether the client allows another request on the connection (RFC 9112 §9.3).
    public var keepAlive: Bool
    /// Whether the client speaks HTTP/1.0 and must be told that the connection stays open.
    public var isVersion10: Bool

    /// A head as the gate, or a test, puts it together.
    public init(
        method: Method, target: RequestTarget, fields: RequestFields = RequestFields(),
        keepAlive: Bool = true, isVersion10: Bool = false
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.keepAlive = keepAlive
        self.isVersion10 = isVersion10
    }
}

/// One request: a value, complete with its body, independent of any connection.
public struct Request: Sendable {
    /// What the gate let through.
    public var head: RequestHead
    /// The decoded body; empty for GET and HEAD, whatever was sent.
    public var body: [UInt8]
    /// The number that logs and `X-Request-Id` carry.
    public var id: RequestID
    /// The other end of the connection.
    public var peer: PeerAddress
    /// Whether it came over TLS.
    public var isSecure: Bool

    /// A request as the server, or a test, puts it together.
    public init(
        head: RequestHead, body: [UInt8] = [], id: RequestID = RequestID(rawValue: 0),
        peer: PeerAddress = .unknown, isSecure: Bool = false
    ) {
        self.head = head
        self.body = body
        self.id = id
        self.peer = peer
        self.isSecure = isSecure
    }

    /// The method.
    public var method: Method { head.method }
    /// The decoded, normalised path.
    public var path: String { head.target.path }
    /// The fields this server reads.
    public var fields: RequestFields { head.fields }
}

/// Names one request in the answer, the log and an error report.
public struct RequestID: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
    /// Unique within a process run: a random start for each loop, then counted up.
    public let rawValue: UInt64

    /// Wraps a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Sixteen lower-case hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// The address of the other end of a connection, in numbers: no name is ever looked up.
public enum PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// IPv4, in network order from the high byte down.
    case v4(UInt32)
    /// IPv6, the high and low halves in network order.
    case v6(UInt64, UInt64)
    /// A process on this machine, over a Unix-domain socket.
    case unix
    /// One that left before it could be asked.
    case unknown

    /// Dotted decimal, or eight uncompressed groups; "unix"; "-" when unknown.
    public var description: String {
        switch self {
        case .v4(let bits):
            "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        case .v6(let high, let low):
            [high, low].flatMap { half in
                [48, 32, 16, 0].map { String(half >> UInt64($0) & 0xffff, radix: 16) }
            }.joined(separator: ":")
        case .unix: "unix"
        case .unknown: "-"
        }
    }

    /// What limits count by: the address, or the /64 of an IPv6 address, of which one customer has them all.
    public var household: PeerAddress {
        if case .v6(let network, _) = self { .v6(network, 0) } else { self }
    }
}
