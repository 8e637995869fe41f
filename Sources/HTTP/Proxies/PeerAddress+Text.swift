extension PeerAddress {
    /// An address in numbers: dotted decimal, or one of the texts of IPv6 (RFC 4291 §2.2), without brackets, zone or
    /// port. An IPv4-mapped one is the IPv4 address that it maps.
    public init?(_ text: ArraySlice<UInt8>) {
        if text.contains(Octet.colon) {
            guard let bits = Self.v6(text) else { return nil }
            self.init(v6: UInt64(bits >> 64), UInt64(truncatingIfNeeded: bits))
        } else {
            guard let bits = Self.v4(text) else { return nil }
            self = .v4(bits)
        }
    }

    /// An IPv6 address; an IPv4-mapped one (RFC 4291 §2.5.5.2) becomes IPv4, so that one client has one address.
    public init(v6 high: UInt64, _ low: UInt64) {
        self = high == 0 && low >> 32 == 0xffff ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high, low)
    }

    /// Four numbers up to 255 without leading zeros, which some read as octal.
    private static func v4(_ text: ArraySlice<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var dots = 0
        var number = 0
        var digits = 0
        for octet in text {
            if octet == Octet.dot {
                guard digits > 0, dots < 3 else { return nil }
                bits = bits << 8 | UInt32(number)
                dots += 1
                number = 0
                digits = 0
            } else {
                guard let digit = Octet.decimalValue(octet), digits == 0 || number > 0 else { return nil }
                number = number * 10 + digit
                digits += 1
                guard number <= 255 else { return nil }
            }
        }
        return dots == 3 && digits > 0 ? bits << 8 | UInt32(number) : nil
    }

    /// The bits of an IPv6 address: eight groups, or fewer with one `::`; the last two may be an IPv4 address; no zone.
    static func v6(_ text: ArraySlice<UInt8>) -> UInt128? {
        // The longest is 45 octets: six groups of four digits and an IPv4 address.
        guard (2...45).contains(text.count) else { return nil }
        var bits: UInt128 = 0
        var groups = 0
        var groupsBeforeGap: Int?
        var index = text.startIndex
        let end = text.endIndex
        if text.starts(with: [Octet.colon, Octet.colon]) {
            groupsBeforeGap = 0
            index += 2
        }
        while index < end {
            let start = index
            var group: UInt128 = 0
            while index < end, index - start < 5, let digit = Octet.hexValue(text[index]) {
                group = group << 4 | UInt128(digit)
                index += 1
            }
            if index < end, text[index] == Octet.dot {
                guard groups <= 6, let v4 = v4(text[start...]) else { return nil }
                bits = bits << 32 | UInt128(v4)
                groups += 2
                break
            }
            guard (1...4).contains(index - start), groups < 8 else { return nil }
            bits = bits << 16 | group
            groups += 1
            guard index < end else { break }
            guard text[index] == Octet.colon else { return nil }
            index += 1
            guard index < end else { return nil }
            if text[index] == Octet.colon {
                guard groupsBeforeGap == nil else { return nil }
                groupsBeforeGap = groups
                index += 1
            }
        }
        guard let groupsBeforeGap else { return groups == 8 ? bits : nil }
        guard groups <= 7 else { return nil }
        let tail = 16 * (groups - groupsBeforeGap)
        return (bits >> tail) << (128 - 16 * groupsBeforeGap) | bits & ((1 << tail) - 1)
    }
}
