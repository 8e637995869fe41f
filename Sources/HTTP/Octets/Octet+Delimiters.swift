extension Octet {
    static let quote = UInt8(ascii: "\"")
    static let percent = UInt8(ascii: "%")
    static let ampersand = UInt8(ascii: "&")
    static let asterisk = UInt8(ascii: "*")
    static let plus = UInt8(ascii: "+")
    static let comma = UInt8(ascii: ",")
    static let hyphen = UInt8(ascii: "-")
    static let dot = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let question = UInt8(ascii: "?")
    static let bracketOpen = UInt8(ascii: "[")
    static let bracketClose = UInt8(ascii: "]")
    static let braceOpen = UInt8(ascii: "{")
    static let braceClose = UInt8(ascii: "}")
    static let backslash = UInt8(ascii: "\\")

    /// The value of a decimal digit, or nil.
    @inline(__always)
    static func decimalValue(_ octet: UInt8) -> Int? {
        let value = octet &- UInt8(ascii: "0")
        return value < 10 ? Int(value) : nil
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    package static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The octet that `%XX` at an index stands for, or nil without two hexadecimal digits (RFC 3986 §2.1).
    static func decodingPercent(at index: Int, of octets: ArraySlice<UInt8>) -> UInt8? {
        guard octets.endIndex - index >= 3, let high = hexValue(octets[index + 1]),
            let low = hexValue(octets[index + 2])
        else { return nil }
        return high << 4 | low
    }
}
