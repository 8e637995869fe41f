/// How tokens are signed, by the names of JWS (RFC 7518 §3.1, RFC 8037 §3.1). Nothing else is ever accepted.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// Ed25519: the default, fast and with nothing to choose.
    case edDSA = "EdDSA"
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// RSASSA-PKCS1-v1_5 with SHA-256, for verifiers that know nothing else.
    case rs256 = "RS256"
}
