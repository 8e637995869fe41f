/// Which origins besides the server's own may read answers, with credentials (Fetch, "CORS protocol"). None by default.
public struct CrossOriginSharing: Sendable {
    /// The origins.
    public let origins: [WebOrigin]
    private let listed: Set<WebOrigin>

    /// Seconds for which a browser need not ask again: ten minutes.
    private static let maxAge = "600"
    /// Fields that a page may set.
    private static let requestFields = "Authorization, Content-Type"
    /// Fields that a page may read.
    private static let responseFields = "Link, Retry-After, X-Request-Id"

    /// Sharing with these.
    public init(_ origins: [WebOrigin] = []) {
        self.origins = origins
        listed = Set(origins)
    }

    /// Whether any origin is listed.
    public var isOn: Bool { !origins.isEmpty }

    /// What every answer to this request carries, whatever its status.
    public func grant(to request: Request) -> [ResponseField] {
        guard isOn else { return [] }
        let vary = ResponseField("Vary", "Origin")
        guard let origin = origin(of: request) else { return [vary] }
        return [
            vary, ResponseField("Access-Control-Allow-Origin", origin),
            ResponseField("Access-Control-Allow-Credentials", "true"),
            ResponseField("Access-Control-Expose-Headers", Self.responseFields),
        ]
    }

    /// The answer to a browser that asks, without credentials, whether a page of a listed origin may send something; nil:
    /// that is not what it asks. `methods` are those of the resource. What `grant` says comes on top.
    public func preflight(_ request: Request, methods: String) -> Response? {
        guard request.method == .options, !origins.isEmpty, origin(of: request) != nil,
            request.fields.contains(.accessControlRequestMethod)
        else { return nil }
        return Response(
            status: .noContent,
            fields: [
                ResponseField("Access-Control-Allow-Methods", methods),
                ResponseField("Access-Control-Allow-Headers", Self.requestFields),
                ResponseField("Access-Control-Max-Age", Self.maxAge),
            ])
    }

    /// The listed origin that a request names, as it wrote it: browsers compare texts.
    private func origin(of request: Request) -> String? {
        let named = request.fields.all(.origin)
        guard named.count == 1, let origin = WebOrigin(named[0]), listed.contains(origin) else { return nil }
        return String(decoding: named[0], as: UTF8.self)
    }
}
