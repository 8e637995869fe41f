public import Crypto
import Synchronization
import Workers

/// The live sessions: what answers every check, from memory, without I/O.
///
/// Two sharded tables. Sessions by the hash of their token; and for each user with a live session what is known of
/// the user and which sessions they are, so that all of them can be ended at once. A shard's lock is held for one
/// operation and never across `await`. Locks are never nested.
public final class SessionMap: Sendable {
    /// Makes the answers about a user that are asked for all the time; called when a user is signed in or changed.
    public typealias Rendering = @Sendable (User) -> UserRendering

    /// Many small tables: one that grows moves few entries, so that nobody waits long.
    private static let shardCount = 1_024

    private let sessionShards: [SessionShard]
    private let userShards: [UserShard]
    private let render: Rendering
    private let sweepStart = Atomic(0)
    private let live = Atomic(0)

    /// An empty map.
    public init(render: @escaping Rendering) {
        self.render = render
        sessionShards = (0..<Self.shardCount).map { _ in SessionShard() }
        userShards = (0..<Self.shardCount).map { _ in UserShard() }
    }

    /// How many sessions are held, including expired ones that were not swept yet.
    public var count: Int { live.load(ordering: .relaxed) }

    /// The session with this name and its user, unless it has expired.
    public func find(_ id: SessionID, at now: SteadyTime) -> Session? {
        shard(of: id).table.withLock { table in
            guard let session = table.sessions[id], session.isLive(at: now) else { return nil }
            return session
        }
    }

    /// Makes a session live. Until its token has been given away nobody can find it.
    public func insert(_ id: SessionID, user: User, createdAt: WallTime, expiresAt: SteadyTime?) {
        let snapshot = UserSnapshot(user, render)
        let holder = users(of: user.id).table.withLock { table in
            let holder = table[user.id] ?? LiveUser(snapshot)
            holder.state.withLock { state in
                state.replace(by: snapshot)
                state.sessions[id] = user.credentialVersion
            }
            table[user.id] = holder
            return holder
        }
        let session = Session(user: holder, createdAt: createdAt, expiresAt: expiresAt)
        let isNew = shard(of: id).table.withLock { $0.insert(id, session) }
        if isNew { live.add(1, ordering: .relaxed) }
    }

    /// Ends a session. False: there was none.
    @discardableResult
    public func remove(_ id: SessionID) -> Bool {
        guard let session = shard(of: id).table.withLock({ $0.remove(id) }) else { return false }
        forget(id, of: session.user)
        return true
    }

    /// Ends every session of a user, or those that an older password proved; returns how many there were.
    ///
    /// Who signs in with the new password as soon as it is stored may be here before the old sessions are ended.
    @discardableResult
    public func removeAll(of user: UserID, provedBefore credentialVersion: Int64 = .max) -> Int {
        let ids = users(of: user).table.withLock { table in
            guard let holder = table[user] else { return [SessionID]() }
            return holder.state.withLock { state in
                let ended = state.sessions.filter { $0.value < credentialVersion }.map(\.key)
                for id in ended { state.sessions[id] = nil }
                if state.sessions.isEmpty { table[user] = nil }
                return ended
            }
        }
        var removed = 0
        for id in ids where shard(of: id).table.withLock({ $0.remove(id) }) != nil { removed += 1 }
        live.subtract(removed, ordering: .relaxed)
        return removed
    }

    /// Shows a change of a user (name, role) in every live session.
    public func update(_ user: User) {
        guard let holder = users(of: user.id).table.withLock({ $0[user.id] }) else { return }
        let snapshot = UserSnapshot(user, render)
        holder.state.withLock { $0.replace(by: snapshot) }
    }

    /// Frees the memory of sessions that have expired; look-ups see to the time themselves. Goes round the shards,
    /// where it stopped the last time, and ends after `budget` sessions; returns how many it freed.
    @discardableResult
    public func sweep(at now: SteadyTime, budget: Int = .max) -> Int {
        var removed = 0
        var index = sweepStart.load(ordering: .relaxed)
        for _ in sessionShards.indices {
            let expired = sessionShards[index].table.withLock {
                $0.removeExpired(at: now, limit: budget - removed)
            }
            for (id, user) in expired { forget(id, of: user) }
            removed += expired.count
            guard removed < budget else { break }
            index = (index + 1) % Self.shardCount
        }
        sweepStart.store(index, ordering: .relaxed)
        return removed
    }

    private func forget(_ id: SessionID, of user: LiveUser) {
        live.subtract(1, ordering: .relaxed)
        users(of: user.id).table.withLock { table in
            let isLast = user.state.withLock { state in
                state.sessions[id] = nil
                return state.sessions.isEmpty
            }
            if isLast, table[user.id] === user { table[user.id] = nil }
        }
    }

    private func shard(of id: SessionID) -> SessionShard {
        sessionShards[Int(truncatingIfNeeded: id.prefix) & (Self.shardCount - 1)]
    }

    private func users(of id: UserID) -> UserShard {
        userShards[Int(truncatingIfNeeded: id.low) & (Self.shardCount - 1)]
    }
}

private final class SessionShard: Sendable {
    let table = Locked(SessionTable())
}

private final class UserShard: Sendable {
    let table = Locked<[UserID: LiveUser]>([:])
}
