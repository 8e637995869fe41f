/// Reads the parts that field values have in common (RFC 9110 §5.6), from left to right.
struct FieldScanner {
    /// `name=value`, or `name="value"` with the octets between the quotes.
    struct Parameter {
        /// In lower case.
        let name: String
        /// Escapes are still in place.
        let raw: ArraySlice<UInt8>
        let isQuoted: Bool

        /// The value with each `\x` as `x` (RFC 9110 §5.6.4).
        var value: [UInt8] {
            guard isQuoted else { return Array(raw) }
            var value: [UInt8] = []
            var isEscaped = false
            for octet in raw {
                if octet == Octet.backslash, !isEscaped {
                    isEscaped = true
                } else {
                    value.append(octet)
                    isEscaped = false
                }
            }
            return value
        }
    }

    /// Parameters of one value: 16, since no media type has so many, and duplicates are searched for.
    static let mostParameters = 16

    private let octets: ArraySlice<UInt8>
    private var index: Int

    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        index = octets.startIndex
    }

    var isAtEnd: Bool { index == octets.endIndex }

    mutating func take(_ octet: UInt8) -> Bool {
        guard index < octets.endIndex, octets[index] == octet else { return false }
        index += 1
        return true
    }

    mutating func skipWhitespace() {
        while index < octets.endIndex, Octet.isWhitespace(octets[index]) { index += 1 }
    }

    mutating func token() -> ArraySlice<UInt8>? {
        let start = index
        while index < octets.endIndex, Octet.isToken(octets[index]) { index += 1 }
        return index > start ? octets[start..<index] : nil
    }

    mutating func lowercasedToken() -> String? { token().map(Self.lowercased) }

    /// `type "/" subtype`, in lower case.
    mutating func mediaRange() -> (type: String, subtype: String)? {
        guard let type = token(), take(Octet.slash), let subtype = token() else { return nil }
        return (Self.lowercased(type), Self.lowercased(subtype))
    }

    /// `*( OWS ";" OWS [ parameter ] )` and the white space behind; nil when malformed, too many, or one twice
    /// (RFC 6838 §4.3 calls that an error; two parsers would take different ones).
    mutating func parameters() -> [Parameter]? {
        var parameters: [Parameter] = []
        skipWhitespace()
        while take(Octet.semicolon) {
            skipWhitespace()
            if let token = token() {
                let name = Self.lowercased(token)
                guard take(Octet.equals), parameters.count < Self.mostParameters,
                    !parameters.contains(where: { $0.name == name })
                else { return nil }
                if take(Octet.quote) {
                    guard let raw = quoted() else { return nil }
                    parameters.append(Parameter(name: name, raw: raw, isQuoted: true))
                } else {
                    guard let raw = self.token() else { return nil }
                    parameters.append(Parameter(name: name, raw: raw, isQuoted: false))
                }
            }
            skipWhitespace()
        }
        return parameters
    }

    /// The rest of a quoted-string behind its opening quote, up to and over the closing one.
    mutating func quoted() -> ArraySlice<UInt8>? {
        let start = index
        var isEscaped = false
        while index < octets.endIndex, Octet.isFieldContent(octets[index]) {
            let octet = octets[index]
            index += 1
            if isEscaped {
                isEscaped = false
            } else if octet == Octet.backslash {
                isEscaped = true
            } else if octet == Octet.quote {
                return octets[start..<index - 1]
            }
        }
        return nil
    }

    private static func lowercased(_ token: ArraySlice<UInt8>) -> String {
        String(decoding: token.lazy.map(Octet.lowercased), as: UTF8.self)
    }
}
