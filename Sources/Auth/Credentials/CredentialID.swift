import Crypto

/// Names a credential: 128 random bits that say nothing of its secret.
public struct CredentialID: Sendable, Hashable {
    /// Octets 0 to 7, high byte first.
    public let high: UInt64
    /// Octets 8 to 15, high byte first.
    public let low: UInt64

    /// From the two halves of the 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh name.
    public static func random() -> CredentialID {
        CredentialID(high: SecureRandom.uint64(), low: SecureRandom.uint64())
    }
}

extension CredentialID: LosslessStringConvertible {
    /// Reads 32 hexadecimal digits in lower case, as names of sessions are written; anything else is nil.
    public init?(_ text: String) {
        guard let words = SessionID(text) else { return nil }
        self.init(high: words.high, low: words.low)
    }

    /// The 32 digits.
    public var description: String { SessionID(high: high, low: low).description }
}
