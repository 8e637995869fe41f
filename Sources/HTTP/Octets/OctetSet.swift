/// A set of ASCII octets as two words: membership is a shift and a mask, without a table in memory.
struct OctetSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// The octets of a text, which must be ASCII.
    init(_ text: StaticString) {
        for scalar in text.description.unicodeScalars {
            insert(UInt8(ascii: scalar))
        }
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        let word = octet < 64 ? low : octet < 128 ? high : 0
        return word >> UInt64(octet & 63) & 1 == 1
    }

    func union(_ other: OctetSet) -> OctetSet {
        var set = self
        set.low |= other.low
        set.high |= other.high
        return set
    }

    private mutating func insert(_ octet: UInt8) {
        if octet < 64 {
            low |= 1 << UInt64(octet)
        } else {
            high |= 1 << UInt64(octet - 64)
        }
    }

    /// ALPHA and DIGIT (RFC 5234 appendix B.1).
    static let alphanumeric = OctetSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
}
