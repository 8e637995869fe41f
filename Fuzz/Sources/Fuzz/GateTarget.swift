@testable import HTTP

/// The first octet: which limits, and how many octets that follow are sizes of pieces. The rest is what a client sends.
func fuzzGate(_ input: [UInt8]) {
    guard let first = input.first else { return }
    var limits = RequestLimits()
    if first & 0x80 != 0 {
        limits.requestLine = 64
        limits.fieldBytes = 160
        limits.fieldCount = 8
        limits.body = 48
    }
    let sizes = input.dropFirst().prefix(Int(first & 0x0f)).map { Int($0) + 1 }
    let octets = Array(input.dropFirst(1 + sizes.count))
    let whole = outcomes(of: [octets], limits)
    precondition(
        whole == outcomes(of: pieces(of: octets, sizes), limits), "other steps when it comes in pieces")
}

private enum Outcome: Equatable {
    case request(
        HTTP.Method, RequestTarget, isVersion10: Bool, keepAlive: Bool, fields: [[[UInt8]]], body: [UInt8])
    case refused(Refusal)
}

/// In turn of these sizes; without any, octet by octet.
private func pieces(of octets: [UInt8], _ sizes: [Int]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = octets[...]
    while !rest.isEmpty {
        let size = sizes.isEmpty ? 1 : sizes[pieces.count % sizes.count]
        pieces.append(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
    }
    return pieces
}

private func outcomes(of pieces: [[UInt8]], _ limits: RequestLimits) -> [Outcome] {
    var gate = RequestGate(limits: limits)
    var found: [Outcome] = []
    var heads: [RequestHead] = []
    for piece in pieces {
        gate.receive(piece)
        reading: while true {
            switch gate.next() {
            case .needsMore: break reading
            // Depends on what has arrived, as it should.
            case .awaitsContinue: continue
            case .complete(let head, let body):
                precondition(!found.contains(where: \.isRefusal), "a request after a refusal")
                precondition(body.count <= limits.body, "a body past the limit")
                check(head, body)
                heads.append(head)
                found.append(outcome(head, body))
            case .refused(let refusal):
                precondition(!found.contains(where: \.isRefusal), "a second refusal")
                precondition([400, 405, 413, 414, 417, 431, 501, 505].contains(refusal.status.rawValue))
                precondition(gate.isShut, "open after a refusal")
                found.append(.refused(refusal))
            }
        }
        precondition(gate.buffer.count <= limits.requestLine + limits.fieldBytes + 4_096 + piece.count)
    }
    // A head must still be right when the buffer it lay in has long been used again.
    for (head, was) in zip(heads, found) {
        if case .request(_, _, _, _, let fields, let body) = was {
            precondition(outcome(head, body) == was && fields == allFields(head), "a head changed afterwards")
        }
    }
    return found
}

extension Outcome {
    fileprivate var isRefusal: Bool { if case .refused = self { true } else { false } }
}

private func outcome(_ head: RequestHead, _ body: [UInt8]) -> Outcome {
    .request(
        head.method, head.target, isVersion10: head.isVersion10, keepAlive: head.keepAlive,
        fields: allFields(head), body: body)
}

private func allFields(_ head: RequestHead) -> [[[UInt8]]] {
    RequestField.allCases.map { head.fields.all($0).map { Array($0) } }
}

/// What no request that passed the gate may be.
private func check(_ head: RequestHead, _ body: [UInt8]) {
    precondition(head.method != .connect)
    precondition(head.isVersion10 || head.fields.all(.host).count == 1, "not one Host")
    precondition(head.fields.all(.contentLength).count + head.fields.all(.transferEncoding).count <= 1)
    precondition(body.isEmpty || (head.method != .get && head.method != .head), "content of a GET is kept")
    precondition(
        body.isEmpty || head.fields.contains(.contentLength) || head.fields.contains(.transferEncoding),
        "a body that nothing announced")
    for field in RequestField.allCases {
        for value in head.fields.all(field) {
            precondition(value.allSatisfy(Octet.isFieldContent), "a control character in a field")
        }
    }
}
