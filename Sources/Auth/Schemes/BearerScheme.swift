import HTTP

/// A token in the field `Authorization` (RFC 6750 §2.1): not in a form and not in a query, where logs would have it.
public struct BearerScheme: Sendable {
    private let accounts: Accounts
    private let tokens: AccessTokens

    /// A scheme for the tokens of these accounts' sessions.
    public init(accounts: Accounts, tokens: AccessTokens) {
        self.accounts = accounts
        self.tokens = tokens
    }

    /// The challenge of a 401 (RFC 6750 §3): with what was wrong, if a token was shown.
    func challenge(after refusal: CredentialRefusal?) -> String {
        let realm = "Bearer realm=\"sessiond\""
        guard let refusal, [.bearer, .key].contains(refusal.scheme), let parameters = refusal.parameters
        else {
            return realm
        }
        return "\(realm), \(parameters)"
    }

    /// Whose token, or API key, this is. From memory; only in stateless mode, for a token that has outlived its session, is the
    /// store asked, and throws when it cannot say.
    func authenticate(
        _ field: AuthorizationField, from address: PeerAddress, at now: Moment
    ) async throws -> SchemeOutcome {
        if let outcome = try APIKeys(accounts: accounts).authenticate(
            field.credentials, from: address, at: now)
        {
            return outcome
        }
        let claims: AccessClaims
        switch tokens.claims(of: field.credentials, at: now.wall) {
        case .success(let found): claims = found
        case .failure(let why): return .refused(Self.refusal(why))
        }
        if let session = accounts.sessions.find(claims.session, at: now.steady), session.userID == claims.user
        {
            return .signedIn(
                SignedIn(session.user.current(accounts.sessions.render), .bearer, session: session))
        }
        guard tokens.policy.verification == .stateless else { return .refused(Self.refusal(.sessionEnded)) }
        guard let user = try await accounts.user(claims.user), !user.isDisabled else {
            return .refused(Self.refusal(.unknownUser))
        }
        return .signedIn(SignedIn(UserSnapshot(user), .bearer))
    }

    private static func refusal(_ why: TokenRefusal) -> CredentialRefusal {
        CredentialRefusal(
            .bearer, .token(why), parameters: #"error="invalid_token", error_description="\#(why)""#)
    }
}
