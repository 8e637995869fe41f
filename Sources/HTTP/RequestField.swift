/// The request fields this server reads. The gate validates every field line and keeps only these.
public enum RequestField: UInt8, Sendable, CaseIterable {
    case accept
    case accessControlRequestMethod
    case authorization
    case connection
    case contentLength
    case contentType
    case cookie
    case expect
    case forwarded
    case host
    case origin
    case referer
    case secFetchSite
    case transferEncoding
    case userAgent
    case xForwardedFor
    case xForwardedHost
    case xForwardedProto

    /// The name as on the wire, in lower case.
    public var name: String {
        switch self {
        case .accept: "accept"
        case .accessControlRequestMethod: "access-control-request-method"
        case .authorization: "authorization"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .cookie: "cookie"
        case .expect: "expect"
        case .forwarded: "forwarded"
        case .host: "host"
        case .origin: "origin"
        case .referer: "referer"
        case .secFetchSite: "sec-fetch-site"
        case .transferEncoding: "transfer-encoding"
        case .userAgent: "user-agent"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedProto: "x-forwarded-proto"
        }
    }
}
