/// Whom messages are handed to, and how.
public struct MailServer: Sendable, Equatable {
    /// How a connection to `smtp://` is protected; `smtps://` is TLS from its first octet.
    public enum Security: String, Sendable, CaseIterable {
        /// STARTTLS, or nothing is sent (RFC 3207).
        case starttls
        /// Not at all.
        case none
    }

    /// `smtp://host:port` or `smtps://host:port`.
    public let url: String
    /// The host alone.
    public let host: String
    /// Whether TLS begins with the connection.
    public let isImplicitlySecure: Bool
    /// The protection of a connection that begins without TLS.
    public var security = Security.starttls
    /// A PEM file of authorities that certificates are checked against; empty: the system's.
    public var authorities = ""
    /// Whom to sign in as; empty: nobody.
    public var user = ""
    /// The password for that.
    public var password = ""
    /// Milliseconds until there is a connection. Default 10 seconds.
    public var connectTimeout = 10_000
    /// Milliseconds for a whole message. Default a minute.
    public var timeout = 60_000

    /// Reads a URL of scheme, host and perhaps a port. Nil: anything else.
    public init?(_ url: String) {
        let schemes = [("smtp://", false), ("smtps://", true)]
        guard let (scheme, isSecure) = schemes.first(where: { url.hasPrefix($0.0) }) else { return nil }
        var host = url.dropFirst(scheme.count)
        if host.last != "]", let colon = host.lastIndex(of: ":") {
            guard let port = UInt16(host[host.index(after: colon)...]), port > 0,
                host[host.index(after: colon)...].utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            host = host[..<colon]
        }
        let isAddress = host.first == "[" && host.last == "]"
        let name = isAddress ? host.dropFirst().dropLast() : host
        let marks = isAddress ? ":." : "-._"
        guard (1...253).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || marks.unicodeScalars.contains(scalar)
            })
        else { return nil }
        (self.url, self.host, isImplicitlySecure) = (url, String(name), isSecure)
    }
}

extension MailServer: CustomStringConvertible, CustomReflectable {
    /// Without user and password.
    public var description: String { url }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
