/// A secret of 32 octets under which this server recognises what it has written itself.
public struct AuthenticationKey: Sendable {
    /// For the store, and nobody else.
    public let bytes: [UInt8]

    /// Octets of a key.
    public static let length = 32

    /// A fresh key.
    public static func random() -> AuthenticationKey {
        AuthenticationKey(checked: SecureRandom.bytes(length))
    }

    /// A key that was stored; nil for any other number of octets.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.init(checked: bytes)
    }

    private init(checked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The code that only this key makes of a message: BLAKE2b-256 with a key (RFC 7693 §2.9). Compare it in constant
    /// time.
    public func code(of message: [UInt8]) -> Digest { code(of: message[...]) }

    /// The same of a part of something, without a copy.
    public func code(of message: ArraySlice<UInt8>) -> Digest {
        Digest(Sodium.blake2b(message, key: bytes))
    }
}

extension AuthenticationKey: CustomStringConvertible, CustomReflectable {
    /// Without the content.
    public var description: String { "AuthenticationKey(…)" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
