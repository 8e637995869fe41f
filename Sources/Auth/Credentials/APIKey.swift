import Crypto

/// An API key: `sdk_`, 256 random bits in 43 characters of base64url, and a checksum of them in 8 hexadecimal digits.
///
/// By the prefix and the checksum a secret scanner knows it without asking us, and a typing error shows without a
/// look-up.
struct APIKey: Sendable {
    /// What every key begins with.
    static let prefix = Array("sdk_".utf8)
    private static let checksumLength = 8
    /// Characters of a key: 55.
    static let length = prefix.count + SecretToken.length + checksumLength

    private let token: SecretToken

    /// A fresh key.
    static func random() -> APIKey { APIKey(token: .random()) }

    private init(token: SecretToken) {
        self.token = token
    }

    /// Whether this wants to be a key: something else may be of another form.
    static func hasForm(_ text: some Collection<UInt8>) -> Bool {
        text.count == length && text.starts(with: prefix)
    }

    /// Reads exactly what `text` writes; anything else is nil.
    init?(_ text: ArraySlice<UInt8>) {
        guard Self.hasForm(text) else { return nil }
        let characters = text.dropFirst(Self.prefix.count).prefix(SecretToken.length)
        guard text.suffix(Self.checksumLength).elementsEqual(Self.checksum(of: characters)),
            let token = SecretToken(characters)
        else { return nil }
        self.token = token
    }

    /// For the user, and nobody else.
    var text: String {
        let characters = Array(token.text.utf8)
        return String(decoding: Self.prefix + characters + Self.checksum(of: characters), as: UTF8.self)
    }

    /// What is kept in its place. The bits are random: a slow hash would add nothing.
    var digest: Digest { token.digest }

    /// CRC-32 (ISO/IEC 8802-3, as zlib computes it) of the 43 characters, in lower-case digits.
    private static func checksum(of characters: some Collection<UInt8>) -> [UInt8] {
        var remainder = UInt32.max
        for character in characters {
            remainder ^= UInt32(character)
            for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xedb8_8320 : 0) }
        }
        return Hexadecimal.digits(of: Array(UInt64(~remainder).octets.suffix(4)))
    }
}

extension APIKey: CustomStringConvertible, CustomReflectable {
    /// Without the content.
    var description: String { "APIKey(…)" }
    /// Nothing to see, also for `dump`.
    var customMirror: Mirror { Mirror(self, children: []) }
}
