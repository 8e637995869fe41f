@testable import HTTP

/// A gate being fed, and what came out of it.
///
/// Heads are looked at when they are asked for, not when they come out: their fields must still be right when the
/// gate's buffer has long been used again.
struct RequestGateRun {
    /// A request or a refusal, in a form that can be compared and printed.
    enum Outcome: Equatable {
        case request(Passed)
        case refused(Refusal)
    }

    /// All there is to know of a request that was let through.
    struct Passed: Equatable {
        var method: HTTP.Method
        var path: String
        var query: String?
        var isVersion10: Bool
        var keepAlive: Bool
        var fields: [String]
        var body: String
    }

    private enum Raw {
        case request(RequestHead, [UInt8])
        case refused(Refusal)
    }

    var gate: RequestGate
    private var raw: [Raw] = []
    /// How often the client was told to go on.
    private(set) var continues = 0

    init(_ limits: RequestLimits = RequestLimits()) {
        gate = RequestGate(limits: limits)
    }

    init(_ text: String, _ limits: RequestLimits = RequestLimits()) {
        self.init(limits)
        receive(text.utf8)
    }

    /// Feeds a piece and takes out what it completes.
    mutating func receive(_ octets: some Sequence<UInt8>) {
        gate.receive(Array(octets))
        drain()
    }

    /// Feeds a piece without looking.
    mutating func receiveOnly(_ octets: some Sequence<UInt8>) {
        gate.receive(Array(octets))
    }

    mutating func drain() {
        while true {
            switch gate.next() {
            case .needsMore: return
            case .awaitsContinue: continues += 1
            case .complete(let head, let body): raw.append(.request(head, body))
            case .refused(let refusal): raw.append(.refused(refusal))
            }
        }
    }

    var outcomes: [Outcome] {
        raw.map { raw in
            switch raw {
            case .request(let head, let body): .request(Passed(head, body))
            case .refused(let refusal): .refused(refusal)
            }
        }
    }

    /// The requests that were let through.
    var requests: [Passed] {
        outcomes.compactMap { if case .request(let request) = $0 { request } else { nil } }
    }

    /// The status of the refusal, if there is one.
    var refusal: Int? {
        for case .refused(let refusal) in raw { return Int(refusal.status.rawValue) }
        return nil
    }

    /// Whether the refusal is for a HEAD.
    var refusesHead: Bool {
        raw.contains { if case .refused(let refusal) = $0 { refusal.isHead } else { false } }
    }

    /// Octets that the gate holds.
    var held: Int { gate.buffer.capacity + gate.body.capacity }
}

extension RequestGateRun.Passed {
    init(_ head: RequestHead, _ body: [UInt8]) {
        method = head.method
        path = head.target.path
        query = head.target.query
        isVersion10 = head.isVersion10
        keepAlive = head.keepAlive
        fields = RequestField.allCases.flatMap { field in
            head.fields.all(field).map { "\(field.name): \(String(decoding: $0, as: UTF8.self))" }
        }
        self.body = String(decoding: body, as: UTF8.self)
    }
}

extension String {
    /// A GET with these further field lines.
    static func get(_ lines: String...) -> String {
        "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    /// A POST with these further field lines, and what follows the head.
    static func post(_ lines: String..., content: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + content
    }

    /// A chunked POST with this coded content.
    static func chunked(_ content: String) -> String {
        post("Transfer-Encoding: chunked", content: content)
    }
}
