/// One answered request, as the log shows it.
///
/// Numbers stay numbers until the line is written.
public struct AccessLine: Sendable, Equatable {
    /// The other end of the connection.
    public enum Peer: Sendable, Equatable {
        /// IPv4, from the high byte down.
        case v4(UInt32)
        /// IPv6, the high and low halves.
        case v6(UInt64, UInt64)
        /// Written as "unix".
        case unix
        /// Written as "-".
        case unknown
    }

    /// 128 bits, written as a UUID (RFC 9562 §4).
    public struct UserBits: Sendable, Equatable {
        /// Octets 0 to 7.
        public var high: UInt64
        /// Octets 8 to 15.
        public var low: UInt64

        /// From the two halves.
        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    /// The number in `X-Request-Id`.
    public var id: UInt64
    /// Where the request came from.
    public var peer: Peer
    /// The method, or "-" where the request line could not be read.
    public var method: String
    /// The decoded path without the query: queries carry secrets.
    public var path: String
    /// The status of the answer.
    public var status: UInt16
    /// From the complete request to the complete answer.
    public var microseconds: Int64
    /// Who was signed in.
    public var user: UserBits?

    /// An answered request.
    public init(
        id: UInt64, peer: Peer, method: String, path: String, status: UInt16, microseconds: Int64,
        user: UserBits? = nil
    ) {
        self.id = id
        self.peer = peer
        self.method = method
        self.path = path
        self.status = status
        self.microseconds = microseconds
        self.user = user
    }
}

extension [UInt8] {
    /// All of a text line after the time.
    mutating func appendText(_ line: AccessLine) {
        append(" INFO request id=")
        appendHex(line.id, digits: 16)
        append(" peer=")
        append(line.peer)
        append(" method=")
        appendBareOrQuoted(line.method)
        append(" path=")
        appendBareOrQuoted(line.path)
        append(" status=")
        appendDecimal(UInt64(line.status))
        append(" us=")
        appendDecimal(line.microseconds)
        if let user = line.user {
            append(" user=")
            append(user)
        }
    }

    /// All of a JSON line after the time.
    mutating func appendJSON(_ line: AccessLine) {
        append(#"","level":"info","event":"request","id":""#)
        appendHex(line.id, digits: 16)
        append(#"","peer":""#)
        append(line.peer)
        append(#"","method":""#)
        appendEscaped(line.method)
        append(#"","path":""#)
        appendEscaped(line.path)
        append(#"","status":"#)
        appendDecimal(UInt64(line.status))
        append(#","us":"#)
        appendDecimal(line.microseconds)
        if let user = line.user {
            append(#","user":""#)
            append(user)
            append("\"")
        }
        append("}")
    }

    private mutating func append(_ peer: AccessLine.Peer) {
        switch peer {
        case .v4(let bits):
            for shift in [24, 16, 8, 0] as [UInt32] {
                appendDecimal(UInt64(bits >> shift & 255))
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
        case .v6(let high, let low):
            for index in 0..<8 {
                if index > 0 { append(UInt8(ascii: ":")) }
                let half = index < 4 ? high : low
                let group = half >> UInt64(48 - index % 4 * 16) & 0xffff
                appendHex(group, digits: group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1)
            }
        case .unix: append("unix")
        case .unknown: append(UInt8(ascii: "-"))
        }
    }

    private mutating func append(_ user: AccessLine.UserBits) {
        appendHex(user.high >> 32, digits: 8)
        append(UInt8(ascii: "-"))
        appendHex(user.high >> 16 & 0xffff, digits: 4)
        append(UInt8(ascii: "-"))
        appendHex(user.high & 0xffff, digits: 4)
        append(UInt8(ascii: "-"))
        appendHex(user.low >> 48, digits: 4)
        append(UInt8(ascii: "-"))
        appendHex(user.low & 0xffff_ffff_ffff, digits: 12)
    }
}
