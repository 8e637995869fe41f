public import Crypto

/// How access tokens are made and what they are good for (docs/CONFIGURATION.md, "tokens").
public struct TokenPolicy: Sendable, Equatable {
    /// What a token of this server is held against.
    public enum Verification: String, Sendable, CaseIterable {
        /// Signature, clock, and the live session: what ended is refused at once.
        case checked
        /// Signature and clock: good until it expires, whatever became of the session.
        case stateless
    }

    /// `iss`: who made the token.
    public var issuer = "sessiond"
    /// `aud`: whom it is for.
    public var audience = "sessiond"
    /// From issue to `exp`. Default 10 minutes.
    public var lifetime = Duration.seconds(600)
    /// What new keys sign with.
    public var algorithm = SignatureAlgorithm.edDSA
    /// What this server itself holds a token against.
    public var verification = Verification.checked
    /// How long a key signs before another one is made; nil: until somebody asks. Default 90 days.
    public var rotationInterval: Duration? = .seconds(7_776_000)
    /// How long a new key is public before it signs: verifiers that hold a copy of the key set see it in time. Default
    /// 15 minutes.
    public var lead = Duration.seconds(900)

    /// The defaults.
    public init() {}

    /// No token lives longer, whatever is configured now or was when it was made: so long does a key verify after it
    /// signed last.
    public static let longestLifetime = Duration.seconds(3_600)
    /// How far ahead the clock may have been that wrote `iat` or `nbf`; `exp` has no such grace.
    static let leeway = Duration.seconds(5)
}
