public import Crypto
import Synchronization
import Workers

/// The keys that tokens are signed with: in the data file, sealed, and in memory.
public final class SigningKeys: Sendable {
    /// Why the keys cannot be used or changed; safe to show.
    public enum Problem: String, Error, Sendable, CustomStringConvertible {
        case damaged = "a signing key in the data file is not what was stored"
        case inProgress = "another rotation is in progress"
        case tooMany = "too many signing keys still verify tokens: rotate later, or with --revoke"

        /// The sentence.
        public var description: String { rawValue }
    }

    /// Keys at once. Each is in the answer that verifiers fetch.
    static let most = 64

    private let store: any SigningKeyStore
    private let sealing: SealingKey
    private let inForce = Locked(KeySet([], generation: 0))
    private let isChanging = Atomic(false)
    /// Wall time of the next try to make a key that is due, in milliseconds: while the disk is full each one fails.
    private let nextTry = Atomic<Int64>(0)
    private static let pause = Duration.seconds(60)

    /// Keys of these accounts; none until they are opened.
    public init(of accounts: Accounts) {
        store = accounts.stores
        sealing = accounts.sealing
    }

    var current: KeySet { inForce.withLock { $0 } }

    /// Reads the keys; makes the first, which signs at once. A second call does nothing.
    public func open(_ algorithm: SignatureAlgorithm, at now: WallTime) async throws {
        guard current.keys.isEmpty else { return }
        let keys = try await store.signingKeys().map(unsealed)
        inForce.withLock { $0 = KeySet(keys, generation: $0.generation + 1) }
        if keys.isEmpty { _ = try await rotate(algorithm, lead: .zero, at: now) }
    }

    /// The keys that verify or will sign, in the order in which they begin to.
    public func published(at now: WallTime) -> [TokenKey] { current.published(at: now) }

    /// The key that signs now.
    public func signer(at now: WallTime) -> TokenKey? { current.signer(at: now) }

    /// Makes a key that is public at once and signs after `lead`.
    ///
    /// - Parameter isRevoking: It signs at once, and no other key verifies any more: for when one got out.
    /// - Returns: The new key.
    public func rotate(
        _ algorithm: SignatureAlgorithm, lead: Duration, isRevoking: Bool = false, at now: WallTime
    ) async throws -> TokenKey {
        guard !isChanging.exchange(true, ordering: .acquiring) else { throw Problem.inProgress }
        defer { isChanging.store(false, ordering: .releasing) }
        let pair = try SigningKey.generate(algorithm)
        let set = current
        let signsFrom = isRevoking ? now : now + lead
        // Of two that begin to sign at once the one that was made later does.
        let twin = set.keys.last { $0.signsFrom == signsFrom }
        let createdAt = twin.map { max(now, $0.createdAt + .milliseconds(1)) } ?? now
        let key = TokenKey(pair, createdAt: createdAt, signsFrom: signsFrom)
        let kept = Set(
            isRevoking ? [] : set.published(at: now).filter { $0.signsFrom <= key.signsFrom }.map(\.id))
        guard kept.count < Self.most else { throw Problem.tooMany }
        let record = SigningKeyRecord(
            id: key.id, algorithm: algorithm,
            sealedKey: sealing.seal(try pair.privateKey(), for: Self.purpose(of: key.id)),
            createdAt: key.createdAt, signsFrom: key.signsFrom)
        try await store.insert(record, deleting: set.keys.map(\.id).filter { !kept.contains($0) })
        let keys = set.keys.filter { kept.contains($0.id) } + [key]
        inForce.withLock { $0 = KeySet(keys, generation: $0.generation + 1) }
        return key
    }

    /// Makes a key if one is due: the newest is too old, or of another algorithm than is wanted. Nil: none is.
    public func rotateIfDue(_ policy: TokenPolicy, at now: WallTime) async throws -> TokenKey? {
        guard isDue(policy, at: now) else { return nil }
        nextTry.store((now + Self.pause).milliseconds, ordering: .relaxed)
        return try await rotate(policy.algorithm, lead: policy.lead, at: now)
    }

    /// Whether `rotateIfDue` would make a key.
    public func isDue(_ policy: TokenPolicy, at now: WallTime) -> Bool {
        // Longer than the pause: the clock was set back.
        let wait = nextTry.load(ordering: .relaxed) - now.milliseconds
        guard let newest = current.keys.last, wait <= 0 || wait > Self.pause.wholeMilliseconds else {
            return false
        }
        return newest.pair.algorithm != policy.algorithm
            || policy.rotationInterval.map { newest.createdAt + $0 <= now } ?? false
    }

    private func unsealed(_ record: SigningKeyRecord) throws -> TokenKey {
        guard let octets = sealing.open(record.sealedKey, for: Self.purpose(of: record.id)) else {
            throw Problem.damaged
        }
        let key = TokenKey(
            try SigningKey(record.algorithm, privateKey: octets), createdAt: record.createdAt,
            signsFrom: record.signsFrom)
        guard key.id == record.id else { throw Problem.damaged }
        return key
    }

    private static func purpose(of id: String) -> String { "signing-key:" + id }
}
