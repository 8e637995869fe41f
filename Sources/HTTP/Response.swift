/// A response field this server writes.
public struct ResponseField: Sendable, Equatable {
    /// The name as on the wire.
    public var name: String
    /// The value. The writer drops a field whose value has a control character: nothing splits a response.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What content there is.
public enum ContentType: Sendable {
    /// JSON in UTF-8.
    case json
    /// Figures in the text format of Prometheus.
    case metrics

    /// As in `Content-Type`.
    public var text: String {
        switch self {
        case .json: "application/json"
        case .metrics: "text/plain; version=0.0.4; charset=utf-8"
        }
    }
}

/// One answer: a value. The server's writer adds framing, `Date`, `X-Request-Id` and the security fields.
public struct Response: Sendable {
    /// The status code.
    public var status: Status
    /// What this answer has beyond the fields of every answer.
    public var fields: [ResponseField]
    /// The content; empty means no content and no `Content-Type`.
    public var body: [UInt8]
    /// What the body is. Default JSON.
    public var contentType = ContentType.json
    /// The number of its route in `Responder.routes`, from 1; 0: none. For figures alone.
    public var route: UInt16 = 0
    /// Set when the connection must end after this answer whatever the client asked for.
    public var closesConnection: Bool

    /// An answer; `body` is JSON text in UTF-8, unless `contentType` is set to something else.
    public init(
        status: Status, fields: [ResponseField] = [], body: [UInt8] = [], closesConnection: Bool = false
    ) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closesConnection = closesConnection
    }

    /// Whether it has a `Cache-Control` of its own, spelled so; else it must not be stored.
    public var decidesCaching: Bool { fields.contains { $0.name == "Cache-Control" } }

    /// The first value of a field, compared without case.
    public func value(of name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
