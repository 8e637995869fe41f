/// What the session cookie is called.
///
/// Over this server's own TLS the default name has the prefix `__Host-`: browsers take such a cookie only over TLS, from
/// this very host and for all its paths (RFC 6265bis §4.1.3.2). So nobody in the network, and no other host of the
/// domain, can plant one. A name that the operator chose is left alone.
public struct SessionCookieName: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The default, without its prefix.
    public static let usual = "session_id"

    private let plain: String
    private let overTLS: String

    /// By the name that is configured.
    public init(_ configured: String) {
        plain = configured
        overTLS = configured == Self.usual ? "__Host-" + configured : configured
    }

    /// A name in a test.
    public init(stringLiteral configured: String) {
        self.init(configured)
    }

    /// The one name that counts for a request; the other one is nothing.
    public func text(isSecure: Bool) -> String { isSecure ? overTLS : plain }
}
