/// The value of `Host`, and the authority of an absolute-form: `uri-host [ ":" port ]` (RFC 9110 §7.2).
enum HostField {
    /// Whether a value is a host that every parser reads alike.
    ///
    /// Stricter than RFC 3986 §3.2.2 in two points: a name has no sub-delims, since a comma or a quote in a host
    /// only serves to confuse two parsers, and no two dots in a row, as no label is empty (RFC 1034 §3.1). The empty
    /// value is valid: a client without an authority must send it (RFC 9112 §3.2).
    static func isValid(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first else { return true }
        if first == Octet.bracketOpen {
            guard let close = value.firstIndex(of: Octet.bracketClose) else { return false }
            return PeerAddress.v6(value[(value.startIndex + 1)..<close]) != nil
                && isPort(value[(close + 1)...])
        }
        // An IPv4 address is a name by the grammar, too.
        let end = value.firstIndex(of: Octet.colon) ?? value.endIndex
        return end > value.startIndex && isName(value[..<end]) && isPort(value[end...])
    }

    private static let unreserved = OctetSet.alphanumeric.union(OctetSet("-._~"))

    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        let unreserved = unreserved
        var index = name.startIndex
        var previous: UInt8 = 0
        while index < name.endIndex {
            let octet = name[index]
            if octet == Octet.dot, previous == Octet.dot { return false }
            previous = octet
            if unreserved.contains(octet) {
                index += 1
            } else if octet == Octet.percent, Octet.decodingPercent(at: index, of: name) != nil {
                index += 3
            } else {
                return false
            }
        }
        return true
    }

    /// Nothing, or a colon and a number up to 65,535; the number may be missing (RFC 3986 §3.2.3).
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard let colon = text.first else { return true }
        guard colon == Octet.colon else { return false }
        var port = 0
        for octet in text.dropFirst() {
            guard let digit = Octet.decimalValue(octet) else { return false }
            port = port * 10 + digit
            guard port <= 65_535 else { return false }
        }
        return true
    }
}
