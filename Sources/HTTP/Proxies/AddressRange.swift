/// An address, or all addresses that begin with the same bits (CIDR, RFC 4632 §3.1): `10.0.0.0/8`, `2001:db8::/32`.
///
/// Strict: no bit may be set behind the prefix, since whoever writes `10.0.0.5/8` means one of two things. A range of
/// IPv4-mapped addresses (`::ffff:10.0.0.0/104`) is the IPv4 range; no other IPv6 range holds an IPv4 address.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let base: PeerAddress
    private let prefix: Int

    /// Nil: neither an address nor a range.
    public init?(_ text: String) {
        let octets = Array(text.utf8)[...]
        let slash = octets.firstIndex(of: Octet.slash) ?? octets.endIndex
        guard let base = PeerAddress(octets[..<slash]) else { return nil }
        let width = octets[..<slash].contains(Octet.colon) ? 128 : 32
        var prefix = width
        if slash < octets.endIndex {
            guard let written = Self.number(octets[(slash + 1)...]), written <= width else { return nil }
            prefix = written
        }
        // A mapped address is IPv4 now, and its first 96 bits are gone.
        if width == 128, case .v4 = base { prefix -= 96 }
        guard prefix >= 0 else { return nil }
        self.base = base
        self.prefix = prefix
        guard hasNothingBehindPrefix else { return nil }
    }

    /// Whether an address lies in the range.
    public func contains(_ address: PeerAddress) -> Bool {
        switch (base, address) {
        case (.v4(let base), .v4(let bits)): (base ^ bits) >> (32 - prefix) == 0
        case (.v6, .v6): (base.bits ^ address.bits) >> (128 - prefix) == 0
        default: false
        }
    }

    /// As it is written, with all eight groups of an IPv6 address.
    public var description: String {
        if case .v4 = base, prefix == 32 { return base.description }
        return prefix == 128 ? base.description : "\(base)/\(prefix)"
    }

    private var hasNothingBehindPrefix: Bool {
        if case .v4(let bits) = base { bits << prefix == 0 } else { base.bits << prefix == 0 }
    }

    /// Up to three digits without a leading zero.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            return nil
        }
        var number = 0
        for octet in digits {
            guard let digit = Octet.decimalValue(octet) else { return nil }
            number = number * 10 + digit
        }
        return number
    }
}

extension PeerAddress {
    /// The 128 bits of an IPv6 address.
    fileprivate var bits: UInt128 {
        if case .v6(let high, let low) = self { UInt128(high) << 64 | UInt128(low) } else { 0 }
    }
}
