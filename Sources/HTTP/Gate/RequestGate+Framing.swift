extension RequestGate {
    /// Everything that can only be said once all fields are there: Host, and where the message ends (RFC 9112 §3.2, §6.3).
    mutating func endHead() throws(Refusal) {
        // Moved, not copied: nobody asks the head for them any more.
        var lines: [RequestFields.Line] = []
        swap(&lines, &head.lines)
        let fields = RequestFields(bytes: buffer, lines: lines)
        guard let method = head.method, let target = head.target.take() else {
            preconditionFailure("fields are read only after a request line")
        }
        if head.has(.host) {
            guard HostField.isValid(fields[.host] ?? []) else { throw Refusal(.badRequest, "invalid Host") }
        } else if !head.isVersion10 {
            throw Refusal(.badRequest, "Host is missing")
        }
        state =
            head.has(.contentLength) || head.has(.transferEncoding)
            ? try framing(fields) : .body(remaining: 0)
        if !head.isVersion10, head.has(.expect) {
            guard fields.all(.expect).allSatisfy({ $0.equalsIgnoringCase("100-continue") }) else {
                throw Refusal(.expectationFailed, "unknown expectation")
            }
            if case .body(remaining: 0) = state {} else { head.awaitsContinue = true }
        }
        head.finished = RequestHead(
            method: method, target: target, fields: fields, keepAlive: Self.keepsAlive(fields, head),
            isVersion10: head.isVersion10)
    }

    private func framing(_ fields: RequestFields) throws(Refusal) -> State {
        let length = fields[.contentLength]
        if let coding = fields[.transferEncoding] {
            guard !head.isVersion10 else { throw Refusal(.badRequest, "Transfer-Encoding in HTTP/1.0") }
            guard length == nil else {
                throw Refusal(.badRequest, "Content-Length together with Transfer-Encoding")
            }
            guard coding.equalsIgnoringCase("chunked") else {
                throw coding.allSatisfy(Self.isCodingList)
                    ? Refusal(.notImplemented, "the only transfer coding here is chunked")
                    : Refusal(.badRequest, "malformed Transfer-Encoding")
            }
            return .chunkSize
        }
        guard let length else { return .body(remaining: 0) }
        guard !length.isEmpty, length.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Refusal(.badRequest, "malformed Content-Length")
        }
        // Eighteen digits cannot overflow; more than that is too large, unless it is zeros, which nobody sends.
        guard length.count <= 18 else { throw Self.tooLarge }
        let octets = length.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard octets <= limits.body else { throw Self.tooLarge }
        return .body(remaining: octets)
    }

    /// Tokens, parameters and commas: a list of codings that somebody else may know.
    private static func isCodingList(_ octet: UInt8) -> Bool {
        Octet.isToken(octet) || octet == UInt8(ascii: ",") || octet == UInt8(ascii: ";")
            || octet == UInt8(ascii: "=") || Octet.isWhitespace(octet)
    }

    private static let close = Array("close".utf8)
    private static let keepAlive = Array("keep-alive".utf8)

    /// RFC 9112 §9.3: 1.1 persists unless told `close`; 1.0 persists only when asked to.
    private static func keepsAlive(_ fields: RequestFields, _ head: borrowing PartialHead) -> Bool {
        guard head.has(.connection) else { return !head.isVersion10 }
        let octets = fields.bytes.span
        var asked = false
        for line in fields.lines where line.field == .connection {
            var start = line.start
            while start < line.end {
                let end = octets.firstIndex(of: Octet.comma, in: start..<line.end)
                let option = octets.trimmingWhitespace(start..<end)
                if octets.equals(close, ignoringCaseIn: option) { return false }
                if octets.equals(keepAlive, ignoringCaseIn: option) { asked = true }
                start = end + 1
            }
        }
        return asked || !head.isVersion10
    }

    static let tooLarge = Refusal(.contentTooLarge, Status.contentTooLarge.errorText)
}

extension ArraySlice<UInt8> {
    /// `literal` is in lower case.
    package func equalsIgnoringCase(_ literal: String) -> Bool {
        guard count == literal.utf8.count else { return false }
        return zip(self, literal.utf8).allSatisfy { Octet.lowercased($0) == $1 }
    }

    func trimmingWhitespace() -> ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, Octet.isWhitespace(first) { slice.removeFirst() }
        while let last = slice.last, Octet.isWhitespace(last) { slice.removeLast() }
        return slice
    }
}
