/// A `multipart/form-data` body (RFC 7578, framed by RFC 2046 §5.1.1), with CR LF for line ends and nothing else.
struct MultipartForm {
    private let body: ArraySlice<UInt8>
    /// CR LF, two hyphens and the boundary.
    private let delimiter: [UInt8]
    private let limits: FormLimits

    init(_ body: ArraySlice<UInt8>, boundary: String?, limits: FormLimits) throws(HTTPError) {
        guard let boundary, (1...70).contains(boundary.utf8.count), boundary.utf8.last != Octet.space,
            boundary.utf8.allSatisfy(Self.boundaryOctets.contains)
        else { throw Form.malformed("missing or invalid boundary") }
        self.body = body
        self.limits = limits
        delimiter = [Octet.carriageReturn, Octet.lineFeed, Octet.hyphen, Octet.hyphen] + boundary.utf8
    }

    /// The fields in order; parts with a file name are files, and skipped.
    func fields() throws(HTTPError) -> [Form.Field] {
        var fields: [Form.Field] = []
        var parts = 0
        var index = try afterFirstDelimiter()
        while try !isLast(&index) {
            parts += 1
            guard parts <= limits.fields else { throw Form.tooLarge("too many form fields") }
            guard let end = nextDelimiter(from: index) else {
                throw Form.malformed("form without its closing boundary")
            }
            if let field = try field(body[index..<end]) { fields.append(field) }
            index = end + delimiter.count
        }
        return fields
    }

    /// `bchars` (RFC 2046 §5.1.1).
    private static let boundaryOctets = OctetSet.alphanumeric.union(OctetSet("'()+_,-./:=? "))
    private static let lineEnd = [Octet.carriageReturn, Octet.lineFeed]

    /// Skips the preamble; only at the very start has a boundary no line end before it.
    private func afterFirstDelimiter() throws(HTTPError) -> Int {
        if body.starts(with: delimiter.dropFirst(2)) { return body.startIndex + delimiter.count - 2 }
        guard let start = nextDelimiter(from: body.startIndex) else {
            throw Form.malformed("form without its boundary")
        }
        return start + delimiter.count
    }

    /// Reads the rest of a boundary's line and moves behind it; after the closing one anything may follow.
    private func isLast(_ index: inout Int) throws(HTTPError) -> Bool {
        var rest = body[index...]
        let isLast = rest.starts(with: [Octet.hyphen, Octet.hyphen])
        if isLast { rest = rest.dropFirst(2) }
        rest = rest.drop(while: Octet.isWhitespace)
        guard rest.isEmpty || rest.starts(with: Self.lineEnd) else {
            throw Form.malformed("boundary with something behind it")
        }
        index = rest.startIndex + (rest.isEmpty ? 0 : 2)
        return isLast
    }

    /// Where the next delimiter begins; linear, as CR occurs in it only once, so no octet is compared twice.
    private func nextDelimiter(from start: Int) -> Int? {
        var index = start
        while let found = body[index...].firstIndex(of: Octet.carriageReturn) {
            if body[found...].starts(with: delimiter) { return found }
            index = found + 1
        }
        return nil
    }

    /// One part: field lines, an empty line, the content.
    private func field(_ part: ArraySlice<UInt8>) throws(HTTPError) -> Form.Field? {
        var disposition: MultipartDisposition?
        var rest = part
        while true {
            let line = try Self.takeLine(&rest, limit: limits.partHead - (rest.startIndex - part.startIndex))
            if line.isEmpty { break }
            guard let (name, value) = Self.fieldLine(line) else {
                throw Form.malformed("malformed part head")
            }
            if name.equalsIgnoringCase("content-disposition") {
                guard disposition == nil, let read = MultipartDisposition(value) else {
                    throw Form.malformed("invalid Content-Disposition of a part")
                }
                disposition = read
            } else if name.equalsIgnoringCase("content-transfer-encoding") {
                // Deprecated (RFC 7578 §4.7). Taking an encoded password for the password itself would be worse.
                guard ["7bit", "8bit", "binary"].contains(where: value.equalsIgnoringCase) else {
                    throw Form.malformed("part with a transfer encoding")
                }
            }
        }
        guard let disposition else { throw Form.malformed("part without Content-Disposition") }
        guard disposition.name.count <= limits.name else {
            throw Form.tooLarge("name of a form field too long")
        }
        guard !disposition.isFile else { return nil }
        return Form.Field(name: try Form.text(disposition.name), value: try Form.text(rest))
    }

    /// Removes a line and its line end from the front; `limit` is what the head may still take.
    private static func takeLine(
        _ rest: inout ArraySlice<UInt8>, limit: Int
    ) throws(HTTPError) -> ArraySlice<UInt8> {
        if rest.starts(with: lineEnd) {
            rest = rest.dropFirst(2)
            return []
        }
        guard let end = rest.prefix(limit).firstIndex(of: Octet.carriageReturn) else {
            throw rest.count > limit
                ? Form.tooLarge("part head too long") : Form.malformed("part head without its end")
        }
        guard rest[end...].starts(with: lineEnd) else { throw Form.malformed("part head with a bare CR") }
        guard end + 2 - rest.startIndex <= limit else { throw Form.tooLarge("part head too long") }
        let line = rest[..<end]
        rest = rest[(end + 2)...]
        return line
    }

    /// `name ":" OWS value OWS`; folded lines begin with white space, which no name does.
    private static func fieldLine(
        _ line: ArraySlice<UInt8>
    ) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        var scanner = FieldScanner(line)
        guard let name = scanner.token(), scanner.take(Octet.colon) else { return nil }
        let value = line[(name.endIndex + 1)...]
        return value.allSatisfy(Octet.isFieldContent) ? (name, value.trimmingWhitespace()) : nil
    }
}
