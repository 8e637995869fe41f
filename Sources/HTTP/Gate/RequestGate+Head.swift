/// What is known of a head that is still being read.
struct PartialHead: Sendable {
    var method: Method?
    var target: RequestTarget?
    var isVersion10 = false
    /// Where the field lines begin in the buffer.
    var start = 0
    var lines: [RequestFields.Line] = []
    var fieldCount = 0
    /// Octets that the field lines may still take, with their line ends.
    var budget = 0
    /// The longest next line within the budget, without its line end.
    var longestLine: Int { max(0, budget - 2) }
    var awaitsContinue = false
    /// GET and HEAD have no use for content (RFC 9110 §9.3.1, §9.3.2): it is read past, not kept.
    var dropsBody = false
    /// Octets of content so far, kept or not.
    var bodyLength = 0
    /// Octets of chunk extensions so far.
    var extensionBytes = 0
    var finished: RequestHead?
}

extension RequestFields.Line {
    /// The buffer it lies in lost so many octets at its front.
    mutating func move(forwardBy octets: Int) {
        start -= octets
        end -= octets
    }
}

extension RequestGate {
    /// Lines that are kept of most requests, so that room for them is made once.
    private static let usualLines = 8
    /// Longest method name that is looked at; the longest one known has seven letters.
    private static let longestMethod = 24

    /// request-line = method SP request-target SP HTTP-version (RFC 9112 §3), with exactly one space each.
    mutating func readRequestLine(_ line: Range<Int>) throws(Refusal) {
        let bytes = buffer[line]
        guard let methodEnd = bytes.firstIndex(of: Octet.space),
            let targetEnd = bytes.lastIndex(of: Octet.space), methodEnd < targetEnd
        else { throw Refusal(.badRequest, "malformed request line") }
        let method = bytes[..<methodEnd]
        let target = bytes[(methodEnd + 1)..<targetEnd]
        guard !method.isEmpty, method.allSatisfy(Octet.isToken), !target.isEmpty else {
            throw Refusal(.badRequest, "malformed request line")
        }
        let known = Self.method(method)
        head.method = known
        head.isVersion10 = try Self.isVersion10(bytes[(targetEnd + 1)...])
        guard let known else { throw Refusal(.notImplemented, "unknown method") }
        guard known != .connect else { throw Refusal(.methodNotAllowed, "CONNECT is for proxies") }
        head.dropsBody = known == .get || known == .head
        head.lines.reserveCapacity(Self.usualLines)
        head.target = try RequestTarget(target, method: known)
    }

    /// HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112 §2.3). A minor version above 1 is served as 1.1.
    private static func isVersion10(_ version: ArraySlice<UInt8>) throws(Refusal) -> Bool {
        let start = version.startIndex
        guard version.count == 8, version.prefix(5).elementsEqual("HTTP/".utf8),
            (0x30...0x39).contains(version[start + 5]), version[start + 6] == UInt8(ascii: "."),
            (0x30...0x39).contains(version[start + 7])
        else { throw Refusal(.badRequest, "malformed HTTP version") }
        guard version[start + 5] == UInt8(ascii: "1") else {
            throw Refusal(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        return version[start + 7] == UInt8(ascii: "0")
    }

    private static func method(_ name: ArraySlice<UInt8>) -> Method? {
        if name.elementsEqual("GET".utf8) { return .get }
        guard name.count <= longestMethod else { return nil }
        return Method.allCases.first { name.elementsEqual($0.rawValue.utf8) }
    }

    mutating func countField(_ line: Range<Int>) throws(Refusal) {
        head.fieldCount += 1
        guard head.fieldCount <= limits.fieldCount else {
            throw Refusal(.headerFieldsTooLarge, "too many header fields")
        }
        head.budget -= line.count + 2
    }

    mutating func readField(_ line: Range<Int>) throws(Refusal) {
        try countField(line)
        let (name, value) = try fieldLine(line)
        guard let field = identify(name) else { return }
        switch field {
        case .host, .contentLength, .transferEncoding, .authorization, .contentType:
            // Not lists: two of them are two readings (RFC 9110 §5.3, RFC 9112 §3.2 and §6.3).
            guard !head.lines.contains(where: { $0.field == field }) else {
                throw Refusal(.badRequest, "\(field.name) occurs twice")
            }
        case .accept, .accessControlRequestMethod, .connection, .cookie, .expect, .origin, .referer,
            .secFetchSite, .userAgent, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto:
            break
        }
        head.lines.append(RequestFields.Line(field: field, start: value.lowerBound, end: value.upperBound))
    }

    /// field-line = field-name ":" OWS field-value OWS (RFC 9112 §5). Line folding is refused (§5.2).
    func fieldLine(_ line: Range<Int>) throws(Refusal) -> (name: Range<Int>, value: Range<Int>) {
        let octets = buffer.span
        var index = line.lowerBound
        while index < line.upperBound, Octet.isToken(octets[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, octets[index] == UInt8(ascii: ":") else {
            throw Refusal(.badRequest, "malformed header field name")
        }
        let name = line.lowerBound..<index
        var start = index + 1
        var end = line.upperBound
        while start < end, Octet.isWhitespace(octets[start]) { start += 1 }
        while end > start, Octet.isWhitespace(octets[end - 1]) { end -= 1 }
        index = start
        while index < end, Octet.isFieldContent(octets[index]) { index += 1 }
        guard index == end else { throw Refusal(.badRequest, "control character in a header field") }
        return (name, start..<end)
    }

    private func identify(_ name: Range<Int>) -> RequestField? {
        switch (name.count, Octet.lowercased(buffer[name.lowerBound])) {
        case (4, UInt8(ascii: "h")): matching(name, .host)
        case (6, UInt8(ascii: "a")): matching(name, .accept)
        case (6, UInt8(ascii: "c")): matching(name, .cookie)
        case (6, UInt8(ascii: "e")): matching(name, .expect)
        case (6, UInt8(ascii: "o")): matching(name, .origin)
        case (7, UInt8(ascii: "r")): matching(name, .referer)
        case (9, UInt8(ascii: "f")): matching(name, .forwarded)
        case (10, UInt8(ascii: "c")): matching(name, .connection)
        case (10, UInt8(ascii: "u")): matching(name, .userAgent)
        case (12, UInt8(ascii: "c")): matching(name, .contentType)
        case (13, UInt8(ascii: "a")): matching(name, .authorization)
        case (14, UInt8(ascii: "c")): matching(name, .contentLength)
        case (14, UInt8(ascii: "s")): matching(name, .secFetchSite)
        case (15, UInt8(ascii: "x")): matching(name, .xForwardedFor)
        case (16, UInt8(ascii: "x")): matching(name, .xForwardedHost)
        case (17, UInt8(ascii: "t")): matching(name, .transferEncoding)
        case (17, UInt8(ascii: "x")): matching(name, .xForwardedProto)
        case (29, UInt8(ascii: "a")): matching(name, .accessControlRequestMethod)
        default: nil
        }
    }

    private func matching(_ name: Range<Int>, _ field: RequestField) -> RequestField? {
        let expected = Self.fieldNames[Int(field.rawValue)]
        let octets = buffer.span
        var index = 0
        while index < expected.count {
            if Octet.lowercased(octets[name.lowerBound + index]) != expected[index] { return nil }
            index += 1
        }
        return field
    }

    private static let fieldNames = RequestField.allCases.map { Array($0.name.utf8) }
}
