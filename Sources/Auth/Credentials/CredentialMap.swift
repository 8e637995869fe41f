import Crypto
import Synchronization
import Workers

/// Every API key and app password, with the user of each as of now: what answers a check from memory.
///
/// Two kinds of tables. Keys by their hash, in shards: all that a check of a key looks at. And the users who have a
/// credential, by identifier and by name: each change goes through it, and through its lock to the shards.
public final class CredentialMap: Sendable {
    /// Names by which a user is looked for beside the address, such as a `userhash` (RFC 7616 §3.4.4).
    public typealias Aliases = @Sendable (EmailAddress) -> [String]

    private static let shardCount = 64

    private let shards: [KeyShard]
    private let owners = Locked(Owners())
    private let unsaved = Locked<[LiveCredential]>([])
    /// Milliseconds on the steady clock.
    private let lastSave = Atomic<Int64>(0)

    /// An empty map.
    public init() {
        shards = (0..<Self.shardCount).map { _ in KeyShard() }
    }

    // MARK: Looking

    /// The key with this hash, whether or not it opens anything.
    func key(_ digest: Digest) -> LiveCredential? {
        shard(of: digest).keys.withLock { $0[digest] }
    }

    /// The app passwords of the user with this address, in whatever case, or alias; oldest first.
    func appPasswords(of name: String) -> [LiveCredential] {
        let name = EmailAddress(name)?.key ?? name
        return owners.withLock { owners in
            guard let user = owners.names[name], let owner = owners.table[user] else { return [] }
            return owner.credentials.filter { $0.kind == .appPassword }
        }
    }

    /// A user's credentials of this kind, oldest first.
    func credentials(of user: UserID, _ kind: Credential.Kind) -> [Credential] {
        owners.withLock { $0.table[user]?.credentials.filter { $0.kind == kind }.map(\.credential) ?? [] }
    }

    /// App passwords that could not be unsealed.
    var unopened: Int {
        owners.withLock { owners in
            owners.table.values.reduce(0) { sum, owner in
                sum + owner.credentials.count { if case .password(nil) = $0.secret { true } else { false } }
            }
        }
    }

    // MARK: Changing

    /// Takes a credential up. Until its secret has been given away nobody can find it.
    func insert(
        _ credential: Credential, _ secret: LiveCredential.Secret, of user: User, credentialVersion: Int64
    ) {
        owners.withLock { owners in
            owners.show(user, orAdd: true)
            guard let holder = owners.table[user.id]?.user else { return }
            let live = LiveCredential(credential, secret, of: holder, credentialVersion: credentialVersion)
            owners.table[user.id]?.credentials.append(live)
            if case .key(let digest) = secret {
                shard(of: digest).keys.withLock { $0[digest] = live }
            }
        }
    }

    /// Shows a change of a user in every credential.
    func update(_ user: User) {
        owners.withLock { $0.show(user, orAdd: false) }
    }

    /// Ends a credential; of an unknown one nothing happens.
    func remove(_ id: CredentialID, of user: UserID) {
        remove(of: user) { $0.id == id }
    }

    /// Ends a user's credentials that were issued under an older `credentialVersion`.
    ///
    /// Whoever signs in as soon as a new password is stored may have issued one before the old ones are ended.
    func removeAll(of user: UserID, issuedBefore credentialVersion: Int64 = .max) {
        remove(of: user) { $0.credentialVersion < credentialVersion }
    }

    private func remove(of user: UserID, where isEnded: (LiveCredential) -> Bool) {
        owners.withLock { owners in
            guard let owner = owners.table[user] else { return }
            let ended = owner.credentials.filter(isEnded)
            guard !ended.isEmpty else { return }
            for live in ended {
                if case .key(let digest) = live.secret {
                    shard(of: digest).keys.withLock { $0[digest] = nil }
                }
            }
            owners.table[user]?.credentials.removeAll(where: isEnded)
            if ended.count == owner.credentials.count { owners.forget(user) }
        }
    }

    /// Has users found by these names too, from now on.
    public func setAliases(_ aliases: @escaping Aliases) {
        owners.withLock { $0.setAliases(aliases) }
    }

    // MARK: Saving

    /// Notes that a credential was used. No lock, but for the first time since that was saved.
    func noteUse(of live: LiveCredential, at time: WallTime) {
        if live.noteUse(at: time) { unsaved.withLock { $0.append(live) } }
    }

    /// What was used since the last time, unless that is less than `interval` ago; when `now` is nil, at once.
    func takeUnsaved(at now: SteadyTime?, every interval: Duration) -> [LiveCredential] {
        if let now {
            let last = lastSave.load(ordering: .relaxed)
            guard now.milliseconds - last >= interval.wholeMilliseconds else { return [] }
            lastSave.store(now.milliseconds, ordering: .relaxed)
        }
        let taken = unsaved.withLock { unsaved in
            defer { unsaved = [] }
            return unsaved
        }
        for live in taken { live.markSaved() }
        return taken
    }

    /// Has these taken again: they could not be saved.
    func putBack(_ credentials: some Sequence<LiveCredential>) {
        for live in credentials where live.markUnsaved() { unsaved.withLock { $0.append(live) } }
    }

    private func shard(of digest: Digest) -> KeyShard {
        shards[Int(truncatingIfNeeded: digest.prefix >> 32) & (Self.shardCount - 1)]
    }
}

private final class KeyShard: Sendable {
    let keys = Locked<[Digest: LiveCredential]>([:])
}

/// The users who have a credential.
private struct Owners {
    struct Owner {
        let user: LiveUser
        var names: [String]
        var credentials: [LiveCredential] = []
    }

    var table: [UserID: Owner] = [:]
    private(set) var names: [String: UserID] = [:]
    private var aliases: CredentialMap.Aliases = { _ in [] }

    /// Takes over a user unless what is held is newer.
    mutating func show(_ user: User, orAdd isAdded: Bool) {
        guard let known = table[user.id] else {
            guard isAdded else { return }
            table[user.id] = Owner(user: LiveUser(user), names: [])
            name(user.id, user.email)
            return
        }
        let (before, now) = known.user.state.withLock { state in
            let before = state.user.email
            state.replace(by: user)
            return (before, state.user.email)
        }
        // Of the same address in other letters too: an alias may go by the letters.
        if !before.text.utf8.elementsEqual(now.text.utf8) { name(user.id, now) }
    }

    mutating func forget(_ user: UserID) {
        unname(user)
        table[user] = nil
    }

    mutating func setAliases(_ aliases: @escaping CredentialMap.Aliases) {
        self.aliases = aliases
        for (id, owner) in table { name(id, owner.user.state.withLock(\.user.email)) }
    }

    private mutating func name(_ user: UserID, _ email: EmailAddress) {
        unname(user)
        let all = [email.key] + aliases(email)
        for name in all { names[name] = user }
        table[user]?.names = all
    }

    /// A name that somebody else has by now stays theirs.
    private mutating func unname(_ user: UserID) {
        for name in table[user]?.names ?? [] where names[name] == user { names[name] = nil }
    }
}
