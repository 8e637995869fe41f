import Crypto
import Workers

/// What came of a refresh token.
public enum Redemption: Sendable {
    /// It was good: the session goes on, and this token takes its place.
    case renewed(Session, token: String)
    /// It had been used, so it is in two hands: its session was ended.
    case replayed(session: SessionID, user: UserID)
    /// Not a token of a live session. Nothing was changed.
    case unknown
}

extension Redemption: CustomStringConvertible, CustomReflectable {
    /// Without the token.
    public var description: String {
        switch self {
        case .renewed: "renewed"
        case .replayed: "replayed"
        case .unknown: "unknown"
        }
    }

    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Refresh tokens (RFC 6749 §6) that are replaced at each use, so that a stolen one shows (RFC 9700 §4.14.2).
///
/// Why it is done so: docs/adr/0022.
public struct RefreshTokens: Sendable {
    let accounts: Accounts

    /// Chains of one session; past it the oldest ends. 20: one for each window of a browser, and more.
    public static let mostPerSession = 20

    private static let secret = "refresh-tokens"

    private var sessions: SessionMap { accounts.sessions }

    /// The first token of a new chain. Nil: the session has ended.
    public func begin(for session: SessionID, at now: Moment) async throws -> String? {
        guard sessions.peek(session, at: now.steady) != nil else { return nil }
        let key = try await key()
        let run = sessions.refreshing.withLock(\.number)
        let family = RefreshFamily(
            id: RefreshFamilyID(session: session), rotation: RefreshRotation(run: run, at: now.steady))
        guard try await insert(family, at: now) else { return nil }
        return RefreshToken(family.id, generation: 0, under: key).text
    }

    /// Uses a token. The one that counts is replaced. The one before it gets, for `AccountPolicy.refreshGrace`, the one
    /// that counts: a client that asked twice at once, or lost the answer, is no thief.
    public func redeem(_ text: String, at now: Moment) async throws -> Redemption {
        guard let token = RefreshToken(text) else { return .unknown }
        let key = try await key()
        guard token.isGenuine(under: key),
            let shown = sessions.peek(token.family.session, at: now.steady),
            let family = try await advance(token, at: now.steady)
        else { return .unknown }
        let age = sessions.refreshing.withLock { $0.age(of: family.rotation, at: now.steady) }
        guard family.generation == token.generation + 1,
            age <= accounts.policy.refreshGrace.wholeMilliseconds
        else {
            // False: somebody else has ended it, and told of it.
            let isEnded = try await accounts.endSession(shown.id, of: shown.userID, at: now)
            return isEnded ? .replayed(session: shown.id, user: shown.userID) : .unknown
        }
        guard let session = sessions.find(shown.id, at: now.steady) else { return .unknown }
        return .renewed(
            session, token: RefreshToken(family.id, generation: family.generation, under: key).text)
    }

    private func insert(_ family: RefreshFamily, at now: Moment) async throws -> Bool {
        if accounts.policy.sessions.isDurable {
            return try await accounts.stores.insert(family, most: Self.mostPerSession)
        }
        sessions.refreshing.withLock { $0.families.insert(family, most: Self.mostPerSession) }
        // What ended the session meanwhile did not see the chain.
        guard sessions.peek(family.id.session, at: now.steady) == nil else { return true }
        sessions.refreshing.withLock { $0.families.remove(family.id.session) }
        return false
    }

    private func advance(_ token: RefreshToken, at now: SteadyTime) async throws -> RefreshFamily? {
        let rotation = RefreshRotation(run: sessions.refreshing.withLock(\.number), at: now)
        if accounts.policy.sessions.isDurable {
            return try await accounts.stores.advance(token.family, past: token.generation, at: rotation)
        }
        return sessions.refreshing.withLock {
            $0.families.advance(token.family, past: token.generation, at: rotation)
        }
    }

    /// What tokens are recognised by: made when it is needed first, and sealed in the store.
    private func key() async throws -> AuthenticationKey {
        if let key = sessions.refreshing.withLock(\.key) { return key }
        let sealing = accounts.sealing
        let candidate = sealing.seal(AuthenticationKey.random().bytes, for: Self.secret)
        let sealed = try await accounts.stores.secret(Self.secret, orStore: candidate)
        guard let key = sealing.open(sealed, for: Self.secret).flatMap({ AuthenticationKey($0) }) else {
            // SQLITE_CORRUPT: the start has checked that the data file and the key go together.
            throw StoreFailure(code: 11, operation: "opening the key of refresh tokens")
        }
        sessions.refreshing.withLock { $0.key = key }
        return key
    }
}

extension Accounts {
    /// The refresh tokens of these accounts.
    public var refreshTokens: RefreshTokens { RefreshTokens(accounts: self) }
}
