/// The `Content-Disposition` of a form's part (RFC 7578 §4.2).
struct MultipartDisposition {
    /// The field's name without its escapes.
    let name: [UInt8]
    /// Whether there is a file name.
    let isFile: Bool

    /// Reads `form-data; name="…"`; nil when it is anything else or malformed.
    init?(_ value: ArraySlice<UInt8>) {
        var scanner = FieldScanner(value)
        guard let kind = scanner.token(), kind.equalsIgnoringCase("form-data"),
            let parameters = scanner.parameters(), scanner.isAtEnd,
            let name = parameters.first(where: { $0.name == "name" })
        else { return nil }
        self.name = name.isQuoted ? Self.unescaped(name.raw) : Array(name.raw)
        isFile = parameters.contains { $0.name == "filename" || $0.name == "filename*" }
    }

    /// The name between the quotes.
    ///
    /// Clients write a quote as `\"` (RFC 9110 §5.6.4) or `%22`, line ends as `%0D` and `%0A` (WHATWG HTML,
    /// multipart/form-data encoding algorithm). Any other backslash or percent sign stands for itself.
    private static func unescaped(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        var name: [UInt8] = []
        var index = raw.startIndex
        while index < raw.endIndex {
            let octet = raw[index]
            let next = index + 1 < raw.endIndex ? raw[index + 1] : nil
            if octet == Octet.backslash, let next, next == Octet.quote || next == Octet.backslash {
                name.append(next)
                index += 2
            } else if octet == Octet.percent, let decoded = Octet.decodingPercent(at: index, of: raw),
                [Octet.quote, Octet.carriageReturn, Octet.lineFeed].contains(decoded)
            {
                name.append(decoded)
                index += 3
            } else {
                name.append(octet)
                index += 1
            }
        }
        return name
    }
}
