/// A request method this server understands (RFC 9110 §9, RFC 5789). Any other is answered 501.
public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    case trace = "TRACE"
    case connect = "CONNECT"
    /// Safe, with content (draft-ietf-httpbis-safe-method-w-body).
    case query = "QUERY"

    /// Whether it asks for nothing to change (RFC 9110 §9.2.1); TRACE and QUERY, which have no route, are not counted.
    public var isSafe: Bool { self == .get || self == .head || self == .options }
}
