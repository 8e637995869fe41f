import Crypto
public import HTTP

/// Signed access tokens: JWTs in compact form (RFC 7519, 7515) of the profile of RFC 9068, verified as RFC 8725 says.
public struct AccessTokens: Sendable {
    /// What they are signed with.
    public let keys: SigningKeys
    /// What they say and how long they live.
    public let policy: TokenPolicy
    private let verified = VerifiedTokens()

    /// Octets of a token; a longer one is refused before anybody looks into it.
    static let longest = 4_096

    /// Tokens under this policy.
    public init(keys: SigningKeys, policy: TokenPolicy) {
        self.keys = keys
        self.policy = policy
    }

    /// A token as it is handed out.
    public struct Issued: Sendable {
        /// For the client and nobody else.
        public let text: String
        /// Seconds until it expires.
        public let lifetime: Int64
    }

    /// A token for a live session. It does not outlive the session.
    public func issue(for session: Session, at now: Moment) throws -> Issued {
        guard let key = keys.signer(at: now.wall) else {
            throw CryptoFailure(operation: "signing", cause: "no key")
        }
        let left = session.endsAt == .never ? .max : session.endsAt.milliseconds - now.steady.milliseconds
        let lifetime = max(0, min(policy.lifetime.wholeMilliseconds, left)) / 1_000
        let claims = AccessClaims(
            issuer: policy.issuer, audience: policy.audience, user: session.userID, session: session.id,
            id: String(decoding: Base64URL.text(SecureRandom.bytes(16)), as: UTF8.self),
            issuedAt: now.wall.seconds, expiresAt: now.wall.seconds + lifetime,
            authenticatedAt: session.createdAt.seconds)
        let payload = try JSONText.encode(claims).dropLast()
        let signed = key.head + Base64URL.text(Array(payload))
        let signature = Base64URL.text(try key.pair.signature(of: signed))
        return Issued(
            text: String(decoding: signed + [Self.dot] + signature, as: UTF8.self), lifetime: lifetime)
    }

    /// What a token says, if this server signed it and its time is now.
    ///
    /// The header is not read: it must be one that a key in force writes, octet for octet. So there is no algorithm to
    /// be confused about, no key in it that could be believed, no extension to be understood; and nothing of what a
    /// stranger sent is parsed as JSON, since claims are read after the signature.
    func claims(of token: ArraySlice<UInt8>, at now: WallTime) -> Result<AccessClaims, TokenRefusal> {
        guard token.count <= Self.longest else { return .failure(.malformed) }
        let set = keys.current
        let name = verified.name(of: token)
        if let claims = verified.claims(name, generation: set.generation) {
            return refusal(of: claims, notBefore: nil, at: now).map { .failure($0) } ?? .success(claims)
        }
        guard let first = token.firstIndex(of: Self.dot), let last = token.lastIndex(of: Self.dot),
            first < last, !token[(first + 1)..<last].contains(Self.dot)
        else { return .failure(.malformed) }
        guard let key = set.key(head: token[...first], at: now) else { return .failure(.unknownKey) }
        guard let signature = Base64URL.octets(token[(last + 1)...]) else { return .failure(.malformed) }
        guard key.pair.verifies(signature, of: Array(token[..<last])) else { return .failure(.badSignature) }
        guard let payload = Base64URL.octets(token[(first + 1)..<last]) else { return .failure(.malformed) }
        guard let (claims, notBefore) = AccessClaims.read(payload) else { return .failure(.wrongClaims) }
        if let refusal = refusal(of: claims, notBefore: notBefore, at: now) { return .failure(refusal) }
        verified.insert(name, claims, generation: set.generation, at: now)
        return .success(claims)
    }

    private func refusal(of claims: AccessClaims, notBefore: Int64?, at now: WallTime) -> TokenRefusal? {
        let longest = TokenPolicy.longestLifetime.components.seconds
        guard claims.issuer == policy.issuer, claims.audience == policy.audience,
            claims.expiresAt - claims.issuedAt <= longest
        else { return .wrongClaims }
        guard now.seconds < claims.expiresAt else { return .expired }
        let latest = now.seconds + TokenPolicy.leeway.components.seconds
        guard claims.issuedAt <= latest, notBefore ?? .min <= latest else { return .early }
        return nil
    }

    private static let dot = UInt8(ascii: ".")
}
