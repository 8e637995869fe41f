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
            return isIPv6(value[(value.startIndex + 1)..<close]) && isPort(value[(close + 1)...])
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

    /// `IPv6address`: eight groups, or fewer with one `::`; the last two may be an IPv4 address; no zone.
    private static func isIPv6(_ address: ArraySlice<UInt8>) -> Bool {
        // The longest is 45 octets: six groups of four digits and an IPv4 address.
        guard (2...45).contains(address.count) else { return false }
        var groups = 0
        var hasGap = false
        var index = address.startIndex
        let end = address.endIndex
        if address.starts(with: [Octet.colon, Octet.colon]) {
            hasGap = true
            index += 2
        }
        while index < end {
            let start = index
            while index < end, Octet.hexValue(address[index]) != nil { index += 1 }
            if index < end, address[index] == Octet.dot {
                guard isIPv4(address[start...]) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(index - start) else { return false }
            groups += 1
            guard index < end else { break }
            guard address[index] == Octet.colon else { return false }
            index += 1
            guard index < end else { return false }
            if address[index] == Octet.colon {
                guard !hasGap else { return false }
                hasGap = true
                index += 1
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    /// Four numbers up to 255 without leading zeros.
    private static func isIPv4(_ address: ArraySlice<UInt8>) -> Bool {
        let numbers = address.split(separator: Octet.dot, maxSplits: 4, omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { number in
                guard (1...3).contains(number.count), number.count == 1 || number.first != UInt8(ascii: "0")
                else { return false }
                var value = 0
                for octet in number {
                    guard let digit = Octet.decimalValue(octet) else { return false }
                    value = value * 10 + digit
                }
                return value <= 255
            }
    }
}
