import HTTP

/// API keys as credentials of requests: the password of Basic, beside the account's address, or a Bearer token.
struct APIKeys: Sendable {
    private let accounts: Accounts

    init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// Whose key this text is; nil: it has not the form of one. From memory, without a hash.
    ///
    /// One that opens nothing counts against its source, as a wrong password does: `TooManyTries`. Not against the
    /// account: nobody guesses 256 bits, and nobody shall keep the owner from signing in.
    ///
    /// - Parameter email: Whose it has to be; nil: whoever's.
    func authenticate(
        _ text: ArraySlice<UInt8>, of email: String? = nil, from address: PeerAddress, at now: Moment
    ) throws -> SchemeOutcome? {
        guard APIKey.hasForm(text) else { return nil }
        // A typing error; what a guess would need is right.
        guard let key = APIKey(text) else { return .refused(Self.refusal(.malformed, email)) }
        let live = accounts.credentials.key(key.digest)
        let user = live?.user.current(accounts.sessions.render)
        if let reason = Self.reason(against: live, user?.user, of: email, at: now.wall) {
            try accounts.limits.failing(from: address)
            return .refused(Self.refusal(.key(.init(reason, user?.user.id)), email))
        }
        guard let live, let user else { return nil }
        accounts.credentials.noteUse(of: live, at: now.wall)
        return .signedIn(SignedIn(user, .key, isReadOnly: live.isReadOnly))
    }

    /// Why it opens nothing; nil: it does.
    private static func reason(
        against live: LiveCredential?, _ user: User?, of email: String?, at now: WallTime
    ) -> KeyRefusal.Reason? {
        guard let live, let user else { return .unknown }
        if let email, EmailAddress(email) != user.email { return .foreign }
        if user.isDisabled { return .disabled }
        return live.hasExpired(at: now) ? .expired : nil
    }

    /// As a Bearer token it is told apart in the challenge (RFC 6750 §3.1).
    private static func refusal(
        _ reason: CredentialRefusal.Reason, _ email: String?
    ) -> CredentialRefusal {
        CredentialRefusal(.key, reason, parameters: email == nil ? #"error="invalid_token""# : nil)
    }
}

/// Why an API key that is one by its form opens nothing, and whose it is, if somebody's. For the operator, and never in
/// an answer.
public struct KeyRefusal: Sendable, Equatable {
    /// The classes.
    public enum Reason: Sendable, Equatable {
        /// It was never issued, or has ended.
        case unknown
        /// Its date is past.
        case expired
        /// Its user is disabled.
        case disabled
        /// It is not that of the address beside it.
        case foreign
    }

    /// The class.
    public let reason: Reason
    /// Nil: nobody's.
    public let user: UserID?

    init(_ reason: Reason, _ user: UserID?) {
        self.reason = reason
        self.user = user
    }
}
