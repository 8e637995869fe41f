/// Whose page it is: scheme, host and port (RFC 6454 §4). Only those of the web: `https` and `http`.
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Whether the scheme is `https`.
    let isSecure: Bool
    let host: String
    let port: Int
    /// As browsers write it (RFC 6454 §6.2).
    public let description: String

    /// `scheme://host[:port]` and nothing behind; nil: anything else, `null` and `*` too.
    public init?(_ text: ArraySlice<UInt8>) {
        guard let (isSecure, authority) = Self.parts(text), let named = HostAndPort(authority) else {
            return nil
        }
        let usual = isSecure ? 443 : 80
        self.isSecure = isSecure
        host = named.host
        port = named.port ?? usual
        // The host as it was written: an IPv6 address has many texts, and browsers compare texts.
        let end = authority.last == Octet.bracketClose ? nil : authority.lastIndex(of: Octet.colon)
        let name = String(
            decoding: authority[..<(end ?? authority.endIndex)].map(Octet.lowercased), as: UTF8.self)
        description = (isSecure ? "https://" : "http://") + name + (port == usual ? "" : ":\(port)")
    }

    /// The origin of the page that a `Referer` names; nil: it names none.
    init?(referer: ArraySlice<UInt8>) {
        guard let (_, rest) = Self.parts(referer) else { return nil }
        let end = rest.firstIndex { $0 == Octet.slash || $0 == Octet.question || $0 == UInt8(ascii: "#") }
        self.init(referer[..<(end ?? rest.endIndex)])
    }

    /// Whether a request to this host comes from here.
    ///
    /// A proxy may speak TLS to the client and not to us: then the scheme of the page stands for that of the request,
    /// and its usual port for a port that `Host` leaves out. A page that came in the clear is another one than what
    /// is asked for over TLS.
    func isOrigin(ofRequestTo host: ArraySlice<UInt8>, isSecure: Bool) -> Bool {
        guard self.isSecure || !isSecure, let asked = HostAndPort(host) else { return false }
        return asked.host == self.host && (asked.port ?? (self.isSecure ? 443 : 80)) == port
    }

    /// Whatever the spelling of an IPv6 address.
    public static func == (one: WebOrigin, other: WebOrigin) -> Bool {
        one.isSecure == other.isSecure && one.host == other.host && one.port == other.port
    }

    /// What `==` looks at.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(isSecure)
        hasher.combine(host)
        hasher.combine(port)
    }

    private static func parts(_ text: ArraySlice<UInt8>) -> (isSecure: Bool, rest: ArraySlice<UInt8>)? {
        for (scheme, isSecure) in [("https://", true), ("http://", false)] {
            let length = scheme.utf8.count
            if text.count > length, text.prefix(length).equalsIgnoringCase(scheme) {
                return (isSecure, text.dropFirst(length))
            }
        }
        return nil
    }
}
