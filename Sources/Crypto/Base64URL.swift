/// base64url without padding (RFC 4648 §5, RFC 7515 §2): each octet string has exactly one spelling.
public enum Base64URL {
    /// The spelling.
    public static func text(_ octets: [UInt8]) -> [UInt8] {
        Sodium.base64URL(octets)
    }

    /// What a spelling stands for; nil for padding, other characters, or unused bits that are not zero.
    public static func octets(_ text: some Sequence<UInt8>) -> [UInt8]? {
        Sodium.octets(ofBase64URL: Array(text))
    }
}
