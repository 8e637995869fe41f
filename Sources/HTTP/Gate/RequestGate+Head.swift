/// What is known of a head that is still being read.
struct PartialHead: Sendable {
    var method: Method?
    var target: RequestTarget?
    var isVersion10 = false
    /// Where the field lines begin in the buffer.
    var start = 0
    var lines: [RequestFields.Line] = []
    /// A bit for each field that has a line.
    private var seen: UInt32 = 0
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

    func has(_ field: RequestField) -> Bool { seen & 1 << UInt32(field.rawValue) != 0 }

    mutating func note(_ field: RequestField) { seen |= 1 << UInt32(field.rawValue) }
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

    /// request-line = method SP request-target SP HTTP-version (RFC 9112 §3), with exactly one space each.
    mutating func readRequestLine(_ line: Range<Int>) throws(Refusal) {
        let (method, target, version) = try Self.requestLine(line, of: buffer.span)
        let known = Self.method(method, of: buffer.span)
        head.method = known
        head.isVersion10 = try Self.isVersion10(version, of: buffer.span)
        guard let known else { throw Refusal(.notImplemented, "unknown method") }
        guard known != .connect else { throw Refusal(.methodNotAllowed, "CONNECT is for proxies") }
        head.dropsBody = known == .get || known == .head
        head.lines.reserveCapacity(Self.usualLines)
        head.target = try RequestTarget(buffer[target], method: known)
    }

    // Static, here and below: the compiler copies a whole gate for a method that does not change it.
    private static func requestLine(
        _ line: Range<Int>, of octets: Span<UInt8>
    ) throws(Refusal) -> (method: Range<Int>, target: Range<Int>, version: Range<Int>) {
        var methodEnd = line.lowerBound
        while methodEnd < line.upperBound, Octet.isToken(octets[methodEnd]) { methodEnd += 1 }
        var targetEnd = line.upperBound - 1
        while targetEnd > methodEnd, octets[targetEnd] != Octet.space { targetEnd -= 1 }
        guard methodEnd > line.lowerBound, methodEnd + 1 < targetEnd, octets[methodEnd] == Octet.space else {
            throw Refusal(.badRequest, "malformed request line")
        }
        return (line.lowerBound..<methodEnd, methodEnd + 1..<targetEnd, targetEnd + 1..<line.upperBound)
    }

    private static let version1 = Array("HTTP/1.".utf8)
    private static let version = Array("HTTP/".utf8)

    /// HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112 §2.3). A minor version above 1 is served as 1.1.
    private static func isVersion10(_ range: Range<Int>, of octets: Span<UInt8>) throws(Refusal) -> Bool {
        let start = range.lowerBound
        guard range.count == 8, octets.begins(with: version, at: start),
            Octet.decimalValue(octets[start + 5]) != nil, octets[start + 6] == Octet.dot,
            let minor = Octet.decimalValue(octets[start + 7])
        else { throw Refusal(.badRequest, "malformed HTTP version") }
        guard octets.begins(with: version1, at: start) else {
            throw Refusal(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        return minor == 0
    }

    private static let methods = Method.allCases.map { (method: $0, name: Array($0.rawValue.utf8)) }

    private static func method(_ name: Range<Int>, of octets: Span<UInt8>) -> Method? {
        for known in methods
        where known.name.count == name.count && octets.begins(with: known.name, at: name.lowerBound) {
            return known.method
        }
        return nil
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
        let (name, value) = try Self.fieldLine(line, of: buffer.span)
        guard let field = Self.identify(name, of: buffer.span) else { return }
        switch field {
        case .host, .contentLength, .transferEncoding, .authorization, .contentType:
            // Not lists: two of them are two readings (RFC 9110 §5.3, RFC 9112 §3.2 and §6.3).
            guard !head.has(field) else {
                throw Refusal(.badRequest, "\(field.name) occurs twice")
            }
        case .accept, .accessControlRequestMethod, .connection, .cookie, .expect, .origin, .referer,
            .secFetchSite, .userAgent, .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto:
            break
        }
        head.note(field)
        head.lines.append(RequestFields.Line(field: field, start: value.lowerBound, end: value.upperBound))
    }

    /// field-line = field-name ":" OWS field-value OWS (RFC 9112 §5). Line folding is refused (§5.2).
    static func fieldLine(
        _ line: Range<Int>, of octets: Span<UInt8>
    ) throws(Refusal) -> (name: Range<Int>, value: Range<Int>) {
        var index = line.lowerBound
        while index < line.upperBound, Octet.isToken(octets[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, octets[index] == UInt8(ascii: ":") else {
            throw Refusal(.badRequest, "malformed header field name")
        }
        let value = octets.trimmingWhitespace(index + 1..<line.upperBound)
        guard octets.isFieldContent(value) else {
            throw Refusal(.badRequest, "control character in a header field")
        }
        return (line.lowerBound..<index, value)
    }

    /// Few names have the same length and begin alike.
    private static func identify(_ name: Range<Int>, of octets: Span<UInt8>) -> RequestField? {
        let field: RequestField? =
            switch (name.count, Octet.lowercased(octets[name.lowerBound])) {
            case (4, UInt8(ascii: "h")): .host
            case (6, UInt8(ascii: "a")): .accept
            case (6, UInt8(ascii: "c")): .cookie
            case (6, UInt8(ascii: "e")): .expect
            case (6, UInt8(ascii: "o")): .origin
            case (7, UInt8(ascii: "r")): .referer
            case (9, UInt8(ascii: "f")): .forwarded
            case (10, UInt8(ascii: "c")): .connection
            case (10, UInt8(ascii: "u")): .userAgent
            case (12, UInt8(ascii: "c")): .contentType
            case (13, UInt8(ascii: "a")): .authorization
            case (14, UInt8(ascii: "c")): .contentLength
            case (14, UInt8(ascii: "s")): .secFetchSite
            case (15, UInt8(ascii: "x")): .xForwardedFor
            case (16, UInt8(ascii: "x")): .xForwardedHost
            case (17, UInt8(ascii: "t")): .transferEncoding
            case (17, UInt8(ascii: "x")): .xForwardedProto
            case (29, UInt8(ascii: "a")): .accessControlRequestMethod
            default: nil
            }
        guard let field, octets.equals(fieldNames[Int(field.rawValue)], ignoringCaseIn: name) else {
            return nil
        }
        return field
    }

    private static let fieldNames = RequestField.allCases.map { Array($0.name.utf8) }
}
