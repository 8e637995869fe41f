/// The key under which secrets lie in the data file that have to be read again: signing keys, shared secrets. A hash
/// would do for none of them. Whoever has the data file alone learns nothing of what it seals.
public struct SealingKey: Sendable {
    private let bytes: [UInt8]

    /// A fresh key.
    public static func random() -> SealingKey { SealingKey(.random()) }

    /// The key that somebody wrote down as a token.
    public init(_ token: SecretToken) {
        bytes = token.bytes
    }

    /// Seals a message: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a random nonce, which comes first.
    ///
    /// - Parameter purpose: What it is and whose; it opens for nothing else.
    public func seal(_ message: [UInt8], for purpose: String) -> [UInt8] {
        let nonce = SecureRandom.bytes(Sodium.sealingNonce)
        return nonce + Sodium.seal(message, Array(purpose.utf8), nonce: nonce, key: bytes)
    }

    /// What was sealed for this purpose; nil: not under this key, not for this, or changed.
    public func open(_ sealed: [UInt8], for purpose: String) -> [UInt8]? {
        guard sealed.count >= Sodium.sealingNonce + Sodium.sealingTag else { return nil }
        return Sodium.open(
            Array(sealed.dropFirst(Sodium.sealingNonce)), Array(purpose.utf8),
            nonce: Array(sealed.prefix(Sodium.sealingNonce)), key: bytes)
    }
}

extension SealingKey: CustomStringConvertible, CustomReflectable {
    /// Without the content.
    public var description: String { "SealingKey(…)" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
