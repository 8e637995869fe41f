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
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}
