/// The elements of a list field (RFC 9110 §5.6.1) from the last to the first, over all its lines; empty ones are
/// passed over.
///
/// Each proxy adds to the right. Read from there, an element depends only on octets that hops nearer than its writer
/// have added: a quote that a client leaves open cannot change what stands behind it.
struct ElementsFromTheRight: IteratorProtocol {
    /// Elements that are looked at, with empty ones; no chain of proxies is so long.
    static let most = 32

    private let lines: [ArraySlice<UInt8>]
    private let hasQuotes: Bool
    private var line: Int
    /// What is left of the line; nil: go on with the one above.
    private var rest: ArraySlice<UInt8>?
    private var looks = 0

    /// `quoted`: a comma may stand in a quoted-string (RFC 9110 §5.6.4).
    init(_ lines: [ArraySlice<UInt8>], quoted: Bool) {
        self.lines = lines
        hasQuotes = quoted
        line = lines.endIndex
    }

    mutating func next() -> ArraySlice<UInt8>? {
        while looks < Self.most {
            if rest == nil, line > 0 {
                line -= 1
                rest = lines[line]
            }
            guard let text = rest else { return nil }
            looks += 1
            let comma = lastComma(in: text)
            rest = comma.map { text[..<$0] }
            let element = text[(comma.map { $0 + 1 } ?? text.startIndex)...].trimmingWhitespace()
            if !element.isEmpty { return element }
        }
        return nil
    }

    private func lastComma(in text: ArraySlice<UInt8>) -> Int? {
        var index = text.endIndex
        while index > text.startIndex {
            index -= 1
            if text[index] == Octet.comma { return index }
            if hasQuotes, text[index] == Octet.quote {
                // Without an opening quote all of it is one element, and malformed.
                guard let opening = Self.openingQuote(in: text[..<index]) else { return nil }
                index = opening
            }
        }
        return nil
    }

    /// The last quote that no backslash escapes.
    private static func openingQuote(in text: ArraySlice<UInt8>) -> Int? {
        var index = text.endIndex
        while let quote = text[..<index].lastIndex(of: Octet.quote) {
            index = quote
            while index > text.startIndex, text[index - 1] == Octet.backslash { index -= 1 }
            if (quote - index).isMultiple(of: 2) { return quote }
        }
        return nil
    }
}
