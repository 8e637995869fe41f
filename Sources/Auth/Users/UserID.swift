import Crypto

/// Names a user: a random UUID (RFC 9562 §5.4, version 4).
public struct UserID: Sendable, Hashable {
    /// Octets 0 to 7, high byte first.
    public let high: UInt64
    /// Octets 8 to 15, high byte first.
    public let low: UInt64

    /// From the two halves of the 128 bits.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A fresh identifier.
    public static func random() -> UserID {
        UserID(
            high: SecureRandom.uint64() & 0xffff_ffff_ffff_0fff | 0x4000,
            low: SecureRandom.uint64() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }
}

extension UserID: LosslessStringConvertible {
    /// Reads the 36-character form of RFC 9562 §4, in either case; anything else is nil.
    public init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        for (index, character) in characters.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            if digits < 16 {
                halves.high = halves.high << 4 | UInt64(digit)
            } else {
                halves.low = halves.low << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// The 36-character form in lower case.
    public var description: String {
        let hex = [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { start, end in
            let from = hex.utf8.index(hex.utf8.startIndex, offsetBy: start)
            let to = hex.utf8.index(hex.utf8.startIndex, offsetBy: end)
            return String(hex[from..<to])
        }.joined(separator: "-")
    }
}
