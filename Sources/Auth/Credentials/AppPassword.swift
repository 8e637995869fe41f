import Crypto

/// An app password: four groups of five letters and digits, 100 random bits, to be typed into a device once.
enum AppPassword {
    /// 32 characters of which no two look alike: without i, l, o and u (Crockford's base32, in lower case).
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A fresh one, with hyphens, which belong to it.
    static func random() -> String {
        let characters = SecureRandom.bytes(20).map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: 20, by: 5)
            .map { String(decoding: characters[$0..<($0 + 5)], as: UTF8.self) }
            .joined(separator: "-")
    }

    /// What the one of this name is sealed for.
    static func purpose(of id: CredentialID) -> String { "app-password \(id)" }
}
