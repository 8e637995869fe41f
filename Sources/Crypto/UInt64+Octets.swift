extension UInt64 {
    /// All eight, high byte first.
    package var octets: [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> UInt64($0)) }
    }

    /// From at most eight, high byte first.
    package init(octets: some Sequence<UInt8>) {
        self = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
