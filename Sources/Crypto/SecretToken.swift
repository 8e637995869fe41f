/// A bearer secret of 256 random bits, written as 43 characters of base64url (RFC 4648 §5, no padding).
///
/// The server hands it out and keeps only its `digest`.
public struct SecretToken: Sendable {
    private let words: Words

    /// Length of `text` in characters.
    public static let length = 43

    private static let alphabet = [UInt8](
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private init(words: Words) {
        self.words = words
    }

    /// A fresh token.
    public static func random() -> SecretToken {
        SecretToken(words: Sodium.randomWords())
    }

    /// Reads exactly the spelling that `text` writes, anything else is nil; without a heap allocation.
    ///
    /// The two unused bits of the last character must be zero, so that a token has one spelling.
    public init?(_ text: ArraySlice<UInt8>) {
        guard text.count == Self.length else { return nil }
        let characters = text.span
        var wrong: UInt64 = 0
        func character(_ index: Int) -> UInt64 {
            let value = Self.value(of: characters[index])
            wrong |= value
            return value & 63
        }
        func ten(_ index: Int) -> UInt64 {
            var bits: UInt64 = 0
            for offset in 0..<10 { bits = bits << 6 | character(index + offset) }
            return bits
        }
        // 64 bits are ten characters and a part of the next, which the following number shares.
        let (shared10, shared21, last) = (character(10), character(21), character(42))
        words = Words(
            first: ten(0) << 4 | shared10 >> 2,
            second: shared10 << 62 | ten(11) << 2 | shared21 >> 4,
            third: shared21 << 60 | ten(22),
            fourth: ten(32) << 4 | last >> 2)
        guard wrong < 64, last & 3 == 0 else { return nil }
    }

    /// The 43 characters, for the client and nobody else.
    public var text: String {
        let (a, b, c, d) = (words.first, words.second, words.third, words.fourth)
        // Five times 60 bits, the last part filled up with zeros: ten characters each, of which 43 count.
        let parts = [a >> 4, a << 56 | b >> 8, b << 52 | c >> 12, c << 48 | d >> 16, d << 44]
        let characters = parts.flatMap { part in
            stride(from: 54, through: 0, by: -6).map { Self.alphabet[Int(part >> UInt64($0) & 63)] }
        }
        return String(decoding: characters.prefix(Self.length), as: UTF8.self)
    }

    /// The 32 octets, for keys that are written down so.
    var bytes: [UInt8] {
        [words.first, words.second, words.third, words.fourth].flatMap(\.octets)
    }

    /// What is kept in its place: BLAKE2b-256 of the 32 raw bytes.
    public var digest: Digest {
        Digest(Sodium.blake2b(words))
    }

    /// Six bits, or 64 and more for a character outside the alphabet.
    ///
    /// Without branches: on random characters the processor would guess them wrong.
    @inline(__always)
    private static func value(of character: UInt8) -> UInt64 {
        let x = Int32(character)
        /// All ones when `x` is between the bounds, else zero.
        func within(_ low: Int32, _ high: Int32) -> Int32 { ~(((x &- low) | (high &- x)) >> 31) }
        let (upper, lower, digit) = (within(65, 90), within(97, 122), within(48, 57))
        let (minus, underscore) = (within(45, 45), within(95, 95))
        let value =
            (upper & (x &- 65)) | (lower & (x &- 71)) | (digit & (x &+ 4)) | (minus & 62) | (underscore & 63)
        return UInt64(truncatingIfNeeded: value | (~(upper | lower | digit | minus | underscore) & 64))
    }
}

extension SecretToken: CustomStringConvertible, CustomReflectable {
    /// Without the content.
    public var description: String { "SecretToken(…)" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
