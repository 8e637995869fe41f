/// What was wrong with a credential in the field `Authorization`. For logs, and for the scheme's challenge.
public struct CredentialRefusal: Sendable {
    /// Why it names no user.
    public enum Reason: Sendable, Equatable {
        /// Not of the scheme's form.
        case malformed
        /// An address and a password that open nothing.
        case password(Verification.Refusal)
        /// A name and a proof that open nothing; whose name it was, if somebody's.
        case proof(UserID?)
        /// The proof of this user is right, but made with a nonce that is too old, or not ours.
        case staleNonce(UserID)
        /// The same was shown before: by this user, or by somebody who was listening.
        case replayed(UserID)
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

    /// Whether the client knows all it needs to try again, and shall: always with 401.
    public var invitesRetry: Bool {
        switch reason {
        case .staleNonce, .replayed: true
        case .malformed, .password, .key, .proof, .token: false
        }
    }

    init(_ scheme: SignedIn.Scheme, _ reason: Reason, parameters: String? = nil) {
        self.scheme = scheme
        self.reason = reason
        self.parameters = parameters
    }
}
