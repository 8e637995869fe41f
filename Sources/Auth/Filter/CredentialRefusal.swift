/// What was wrong with a credential in the field `Authorization`. For logs, and for the scheme's challenge.
public struct CredentialRefusal: Sendable {
    /// Why it names no user.
    public enum Reason: Sendable, Equatable {
        /// Not of the scheme's form.
        case malformed
        /// An address and a password that open nothing.
        case password(Verification.Refusal)
        /// An API key that opens nothing.
        case key(KeyRefusal)
        /// An access token that is not good, or not any more.
        case token(TokenRefusal)
    }

    /// The scheme that was shown.
    public let scheme: SignedIn.Scheme
    /// Why.
    public let reason: Reason
    /// Parameters that the scheme's challenge gets for it, such as `error="invalid_token"`.
    let parameters: String?

    init(_ scheme: SignedIn.Scheme, _ reason: Reason, parameters: String? = nil) {
        self.scheme = scheme
        self.reason = reason
        self.parameters = parameters
    }
}
