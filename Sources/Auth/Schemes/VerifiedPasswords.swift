import Crypto
import HTTP
import Synchronization
import Workers

/// Passwords of Basic that were verified a few minutes ago, so that a client does not pay for a hash with each request.
///
/// A credential is kept as a code under a key that this process alone knows and never writes down: what was verified is
/// known again octet for octet, from the same household, and nothing can be read from it. Refusals are not kept. A
/// change of the user drops all of the user's at once (`forget`), and keeps out what was verified while it was made
/// (`mark`).
public final class VerifiedPasswords: Sendable {
    /// Octets of a credential that is kept. Default 2 KiB: four times what the longest address and password take.
    private static let longest = 2_048
    private static let shardCount = 16

    private let key = AuthenticationKey.random()
    private let shards: [Shard]
    /// Milliseconds; 0: nothing is kept.
    private let lifetime = Atomic<Int64>(300_000)
    private let capacity = Atomic(10_000 / shardCount)
    private let changes = Locked(RecentChanges())

    init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    /// How long a verification counts; 0: not at all. And how many are kept at most: past it those give way that were
    /// not asked for since the last round.
    public func setLimits(lifetime: Duration, capacity: Int) {
        let lifetime = lifetime.wholeMilliseconds
        let each = max(1, capacity / Self.shardCount)
        let isLess = each < self.capacity.exchange(each, ordering: .relaxed) || lifetime == 0
        self.lifetime.store(lifetime, ordering: .relaxed)
        if isLess { for shard in shards { shard.table.withLock { $0 = VerifiedTable() } } }
    }

    /// What a credential from there is kept under; nil: it is not kept.
    func name(of credentials: ArraySlice<UInt8>, from address: PeerAddress) -> Digest? {
        guard lifetime.load(ordering: .relaxed) > 0, credentials.count <= Self.longest else { return nil }
        let (kind, high, low): (UInt8, UInt64, UInt64) =
            switch address.household {
            case .v4(let bits): (4, 0, UInt64(bits))
            case .v6(let network, let host): (6, network, host)
            case .unix: (1, 0, 0)
            case .unknown: (0, 0, 0)
            }
        var message: [UInt8] = []
        message.reserveCapacity(17 + credentials.count)
        message.append(kind)
        message += high.octets
        message += low.octets
        message += credentials
        return key.code(of: message)
    }

    /// Whose it is, if it was verified lately; and where its failures are counted.
    func find(_ name: Digest, at now: SteadyTime) -> (snapshot: UserSnapshot, place: UInt64)? {
        let lifetime = lifetime.load(ordering: .relaxed)
        return shard(of: name).table.withLock { $0.find(name, at: now, lifetime) }
    }

    /// To be taken before a verification looks at its account.
    var mark: Int { changes.withLock(\.count) }

    /// Keeps what was verified, unless its user was changed since `mark`.
    func note(
        _ name: Digest, _ snapshot: UserSnapshot, _ place: UInt64, since mark: Int, at now: SteadyTime
    ) {
        let capacity = capacity.load(ordering: .relaxed)
        let user = snapshot.user.id
        shard(of: name).table.withLock { table in
            // With the shard held: a change that is noted after this finds it in the table.
            guard changes.withLock({ $0.isUnchanged(user, since: mark) }) else { return }
            table.insert(
                VerifiedTable.Entry(name: name, snapshot: snapshot, place: place, verifiedAt: now),
                capacity: capacity)
        }
    }

    /// Whether nothing of this user was changed since `mark`.
    func isUnchanged(_ user: UserID, since mark: Int) -> Bool {
        changes.withLock { $0.isUnchanged(user, since: mark) }
    }

    /// Drops all of a user who was changed or deleted: after the store has done it, before anybody is told.
    func forget(_ user: UserID) {
        changes.withLock { $0.note(user) }
        for shard in shards { shard.table.withLock { $0.removeAll(of: user) } }
    }

    /// How many are kept.
    var count: Int { shards.reduce(0) { $0 + $1.table.withLock(\.count) } }

    private func shard(of name: Digest) -> Shard {
        shards[Int(truncatingIfNeeded: name.prefix >> 32) & (Self.shardCount - 1)]
    }
}

private final class Shard: Sendable {
    let table = Locked(VerifiedTable())
}

/// Who was changed last.
private struct RecentChanges {
    /// More than are made while a password is verified. Past it nothing is kept of that verification.
    private static let most = 1_024

    private(set) var count = 0
    private var users: [UserID] = []

    mutating func note(_ user: UserID) {
        if users.count < Self.most {
            users.append(user)
        } else {
            users[count % Self.most] = user
        }
        count += 1
    }

    func isUnchanged(_ user: UserID, since mark: Int) -> Bool {
        guard count - mark <= Self.most else { return false }
        return !(mark..<count).contains { users[$0 % Self.most] == user }
    }
}
