public import Crypto

/// Names a session: 128 bits of the hash of its token.
///
/// It looks a session up and is shown to its owner: from it nobody gets to the token (docs/adr/0012).
public struct SessionID: Sendable, Hashable {
    /// Octets 0 to 7, high byte first.
    public let high: UInt64
    /// Octets 8 to 15, high byte first.
    public let low: UInt64

    /// From the two halves of the 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The name of the session that has this token.
    public init(_ token: SecretToken) {
        let words = token.digest.words
        self.init(high: words.0, low: words.1)
    }

    /// Feeds one number: all bits are uniformly random already.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(low)
    }
}

extension SessionID: LosslessStringConvertible {
    /// Reads 32 hexadecimal digits in lower case; anything else is nil.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.digits.contains) else { return nil }
        guard let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    private static let digits = Set("0123456789abcdef".utf8)

    /// The 32 digits.
    public var description: String {
        var digits: [UInt8] = []
        append(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Appends the 32 digits.
    public func append(to octets: inout [UInt8]) {
        let start = octets.count
        octets.append(contentsOf: Self.zeros)
        var span = octets.mutableSpan
        for index in 0..<16 {
            span[start + index] = Self.digit(high, index)
            span[start + 16 + index] = Self.digit(low, index)
        }
    }

    private static let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 32)

    /// A digit of 64 bits, counted from the left.
    private static func digit(_ half: UInt64, _ index: Int) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * index) & 15)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
