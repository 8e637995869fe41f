extension RequestGate {
    /// Everything that can only be said once all fields are there: Host, and where the message ends (RFC 9112 §3.2, §6.3).
    mutating func endHead() throws(Refusal) {
        let fields = RequestFields(bytes: buffer, lines: head.lines)
        guard let method = head.method, let target = head.target else {
            preconditionFailure("fields are read only after a request line")
        }
        if let host = fields[.host] {
            guard HostField.isValid(host) else { throw Refusal(.badRequest, "invalid Host") }
        } else if !head.isVersion10 {
            throw Refusal(.badRequest, "Host is missing")
        }
        head.finished = RequestHead(
            method: method, target: target, fields: fields, keepAlive: keepsAlive(fields),
            isVersion10: head.isVersion10)
        state = try framing(fields)
        if !head.isVersion10, fields.contains(.expect) {
            guard fields.all(.expect).allSatisfy({ $0.equalsIgnoringCase("100-continue") }) else {
                throw Refusal(.expectationFailed, "unknown expectation")
            }
            if case .body(remaining: 0) = state {} else { head.awaitsContinue = true }
        }
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

    /// RFC 9112 §9.3: 1.1 persists unless told `close`; 1.0 persists only when asked to.
    private func keepsAlive(_ fields: RequestFields) -> Bool {
        guard fields.contains(.connection) else { return !head.isVersion10 }
        var asked = false
        for value in fields.all(.connection) {
            for option in value.split(separator: UInt8(ascii: ",")) {
                let name = option.trimmingWhitespace()
                if name.equalsIgnoringCase("close") { return false }
                if name.equalsIgnoringCase("keep-alive") { asked = true }
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
