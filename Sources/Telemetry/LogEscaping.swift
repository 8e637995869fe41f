/// Strings in a log line: no client can end the line, reach the terminal with an escape sequence, or forge a field.
///
/// Text and JSON lines share one quoted form, that of JSON (RFC 8259 §7).
public enum LogText {
    /// Longest string in octets before escaping; what is beyond is replaced by `…`.
    public static let longest = 256
    /// The same for what explains.
    static let longestExplanation = 2_048

    /// The quoted, escaped, shortened form, for messages outside the log.
    public static func quoted(_ text: String, longest: Int = longest) -> String {
        "\"\(escaped(text, longest: longest))\""
    }

    /// The same without the quotes.
    public static func escaped(_ text: String, longest: Int = longest) -> String {
        var bytes: [UInt8] = []
        bytes.appendEscaped(text, longest: longest)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    /// `"…"`.
    mutating func appendQuoted(_ text: String, longest: Int = LogText.longest) {
        append(UInt8(ascii: "\""))
        appendEscaped(text, longest: longest)
        append(UInt8(ascii: "\""))
    }

    /// Without quotes where nothing in it could be mistaken for the next field; otherwise quoted.
    mutating func appendBareOrQuoted(_ text: String) {
        let utf8 = text.utf8
        if !utf8.isEmpty, utf8.count <= LogText.longest,
            utf8.allSatisfy({ $0.isPlain && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "=") })
        {
            append(contentsOf: utf8)
        } else {
            appendQuoted(text)
        }
    }

    mutating func appendEscaped(_ text: String, longest: Int = LogText.longest) {
        let utf8 = text.utf8
        if utf8.count <= longest, utf8.allSatisfy(\.isPlain) {
            append(contentsOf: utf8)
            return
        }
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= longest else {
                append(contentsOf: "…".utf8)
                return
            }
            appendEscaped(scalar)
        }
    }

    private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": append(contentsOf: #"\""#.utf8)
        case "\\": append(contentsOf: #"\\"#.utf8)
        case "\n": append(contentsOf: #"\n"#.utf8)
        case "\r": append(contentsOf: #"\r"#.utf8)
        case "\t": append(contentsOf: #"\t"#.utf8)
        case _ where scalar.isDeceptive:
            // UTF-16 code units, as JSON counts.
            for unit in UTF16.encode(scalar) ?? .init() {
                append(contentsOf: "\\u".utf8)
                appendHex(UInt64(unit), digits: 4)
            }
        default: append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
    }

    /// Lower-case hexadecimal digits with leading zeros.
    mutating func appendHex(_ number: UInt64, digits: Int) {
        for position in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(position) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Decimal digits.
    mutating func appendDecimal(_ number: UInt64) {
        if number >= 10 { appendDecimal(number / 10) }
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    mutating func appendDecimal(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(number.magnitude)
    }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}

extension UInt8 {
    /// Printable ASCII that needs no escape in a quoted string.
    var isPlain: Bool {
        self >= 0x20 && self < 0x7f && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}

extension Unicode.Scalar {
    /// Control characters (C1 ones start escape sequences too), other line ends, and what is invisible or turns
    /// the direction of text.
    var isDeceptive: Bool {
        if isASCII { return value < 0x20 || value == 0x7f }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
