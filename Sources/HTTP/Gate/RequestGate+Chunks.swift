/// The chunked transfer coding (RFC 9112 §7.1), decoded with limits on what it wraps around the content.
extension RequestGate {
    /// Octets of one chunk-size line. Default 1 KiB.
    static let chunkLine = 1_024
    /// Octets of chunk extensions in one request. Default 4 KiB: nobody has a use for any.
    static let chunkExtensions = 4_096

    static let tooLongChunkLine = Refusal(.badRequest, "chunk-size line too long")
    static let badChunkEnd = Refusal(.badRequest, "chunk data without CR LF")

    /// chunk-size [ chunk-ext ]: one to sixteen hexadecimal digits, nothing before, no white space behind.
    mutating func chunkSize(_ line: Range<Int>) throws(Refusal) -> Int {
        var size = 0
        var index = line.lowerBound
        while index < line.upperBound, let digit = Octet.hexValue(buffer[index]) {
            guard index - line.lowerBound < 16 else { throw Refusal(.badRequest, "chunk size too long") }
            // Past the limit the value no longer matters, so it need not be exact, only not overflow.
            size = min(size, limits.body + 1) * 16 + Int(digit)
            index += 1
        }
        guard index > line.lowerBound else { throw Refusal(.badRequest, "malformed chunk size") }
        head.extensionBytes += line.upperBound - index
        guard head.extensionBytes <= Self.chunkExtensions else {
            throw Refusal(.badRequest, "too many chunk extensions")
        }
        try checkExtensions(index..<line.upperBound)
        guard size <= limits.body - head.bodyLength else { throw Self.tooLarge }
        return size
    }

    /// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ); recognised, then ignored (§7.1.1).
    private func checkExtensions(_ range: Range<Int>) throws(Refusal) {
        let malformed = Refusal(.badRequest, "malformed chunk extension")
        var rest = buffer[range]
        func skipWhitespace() {
            while let octet = rest.first, Octet.isWhitespace(octet) { rest.removeFirst() }
        }
        func skip(_ octet: UInt8) -> Bool {
            guard rest.first == octet else { return false }
            rest.removeFirst()
            return true
        }
        func skipToken() -> Bool {
            let before = rest.count
            while let octet = rest.first, Octet.isToken(octet) { rest.removeFirst() }
            return rest.count < before
        }
        func skipQuoted() -> Bool {
            guard skip(UInt8(ascii: "\"")) else { return false }
            while let octet = rest.popFirst() {
                if octet == UInt8(ascii: "\"") { return true }
                guard Octet.isFieldContent(octet) else { return false }
                if octet == UInt8(ascii: "\\") {
                    guard let escaped = rest.popFirst(), Octet.isFieldContent(escaped) else { return false }
                }
            }
            return false
        }
        while !rest.isEmpty {
            skipWhitespace()
            guard skip(UInt8(ascii: ";")) else { throw malformed }
            skipWhitespace()
            guard skipToken() else { throw malformed }
            let name = rest
            skipWhitespace()
            guard skip(UInt8(ascii: "=")) else {
                // White space behind a name belongs to the next extension, if there is one.
                rest = name
                continue
            }
            skipWhitespace()
            guard skipToken() || skipQuoted() else { throw malformed }
        }
    }
}
