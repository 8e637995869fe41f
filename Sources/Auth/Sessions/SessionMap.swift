import Synchronization
import Workers

/// The live sessions: what answers every check, from memory, without I/O.
///
/// Two sharded tables. Sessions by name; and for each user with a live session what is known of the user and which
/// sessions they are, so that all of them can be ended at once. A shard's lock is held for one operation and never
/// across `await`; of two locks only a user's is taken inside another, that of the users' shard.
public final class SessionMap: Sendable {
    /// Makes the answers about a user that are asked for all the time.
    public typealias Rendering = @Sendable (User) -> UserRendering

    /// Many small tables: one that grows moves few entries, so that nobody waits long.
    private static let shardCount = 1_024

    private let sessionShards: [SessionShard]
    private let userShards: [UserShard]
    let render: Rendering
    /// `IdleTimeouts` in milliseconds: they can be changed while sessions are looked up.
    private let idleOrdinary = Atomic(Int64.max)
    private let idleRemembered = Atomic(Int64.max)
    /// How many shards the round has swept.
    private let sweptShards = Atomic(0)
    private let saveStart = Atomic(0)
    private let live = Atomic(0)
    /// How many there were.
    public let figures = SessionFigures()
    /// Those that ended without the disk knowing, and whose row has yet to be deleted.
    let stale = Locked(StaleRows())
    /// What their refresh tokens need.
    let refreshing = Locked(RefreshRun())

    /// An empty map.
    public init(render: @escaping Rendering) {
        self.render = render
        sessionShards = (0..<Self.shardCount).map { _ in SessionShard() }
        userShards = (0..<Self.shardCount).map { _ in UserShard() }
    }

    /// How many sessions are held, including expired ones that were not swept yet.
    public var count: Int { live.load(ordering: .relaxed) }

    /// Sets how long sessions live that nobody asks for, also for those that are there.
    func setIdleTimeouts(_ idle: IdleTimeouts) {
        guard idle != self.idle else { return }
        idleOrdinary.store(idle.ordinary, ordering: .relaxed)
        idleRemembered.store(idle.remembered, ordering: .relaxed)
        for shard in sessionShards { shard.table.withLock { $0.forgetDeadline() } }
    }

    var idle: IdleTimeouts {
        IdleTimeouts(
            ordinary: idleOrdinary.load(ordering: .relaxed),
            remembered: idleRemembered.load(ordering: .relaxed))
    }

    // MARK: Looking

    /// The session with this name, unless it has expired; notes that it was asked for.
    package func find(_ id: SessionID, at now: SteadyTime) -> Session? {
        let idle = idle
        return shard(of: id).table.withLock { table in
            guard let index = table.index(of: id) else { return nil }
            guard now < table[index].deadline(idle) else { return nil }
            if table[index].seenAt < now { table.see(index, at: now) }
            return table.session(index)
        }
    }

    /// The session with this name, unless it has expired; nobody has asked for it.
    public func peek(_ id: SessionID, at now: SteadyTime) -> Session? {
        let idle = idle
        return shard(of: id).table.withLock { table in
            guard let index = table.index(of: id), now < table[index].deadline(idle) else { return nil }
            return table.session(index)
        }
    }

    /// The names of a user's sessions, oldest first; some may have expired.
    func ids(of user: UserID) -> [SessionID] {
        users(of: user).table.withLock { $0[user]?.state.withLock { $0.sessions.all } } ?? []
    }

    /// When a session ends if nobody asks for it any more; nil: never.
    public func expiry(of session: Session) -> SteadyTime? {
        let deadline = session.entry.deadline(idle)
        return deadline == .never ? nil : deadline
    }

    // MARK: Beginning

    /// Makes a session live. Until its token has been given away nobody can find it.
    package func insert(_ new: NewSession) {
        let user = new.user
        let holder = users(of: user.id).table.withLock { table in
            let known = table[user.id]
            let holder = known ?? LiveUser(user)
            holder.state.withLock { state in
                state.replace(by: user)
                state.sessions.append(new.id)
            }
            if known == nil { table[user.id] = holder }
            return holder
        }
        let idle = idle
        let isNew = shard(of: new.id).table.withLock { $0.insert(new.entry, of: holder, idle) }
        if isNew { live.add(1, ordering: .relaxed) }
    }

    /// Shows a change of a user (name, role) in every live session.
    func update(_ user: User) {
        guard let holder = users(of: user.id).table.withLock({ $0[user.id] }) else { return }
        holder.state.withLock { $0.replace(by: user) }
    }

    // MARK: Ending

    /// Ends a session. False: there was none.
    @discardableResult
    package func remove(_ id: SessionID) -> Bool {
        let existed = withdraw(id)
        if existed { figures.revocations.add(1, ordering: .relaxed) }
        return existed
    }

    /// Takes back a session that did not come about. False: there was none.
    @discardableResult
    func withdraw(_ id: SessionID) -> Bool {
        guard let session = shard(of: id).table.withLock({ $0.remove(id) }) else { return false }
        forget(session)
        return true
    }

    /// Ends every session of a user, or those that an older password proved; returns how many there were.
    ///
    /// Who signs in with the new password as soon as it is stored may be here before the old sessions are ended.
    @discardableResult
    package func removeAll(of user: UserID, provedBefore credentialVersion: Int64 = .max) -> Int {
        var removed = 0
        for id in ids(of: user) {
            let session = shard(of: id).table.withLock { table -> Session? in
                guard let index = table.index(of: id), table[index].credentialVersion < credentialVersion
                else { return nil }
                return table.remove(id)
            }
            guard let session else { continue }
            forget(session)
            removed += 1
        }
        figures.revocations.add(removed, ordering: .relaxed)
        return removed
    }

    /// Frees the memory of sessions that have expired; look-ups see to the time themselves. Goes round the shards, on
    /// from where it stopped the last time, and stops after `budget` sessions, or between shards when `isOutOfTime`.
    /// By one thread at a time.
    ///
    /// - Returns: What it freed, and whether the round is complete, however many calls it took.
    package func sweep(
        at now: SteadyTime, budget: Int = .max, isOutOfTime: () -> Bool = { false }
    ) -> (ended: [Session], isComplete: Bool) {
        let idle = idle
        var ended: [Session] = []
        var index = sweptShards.load(ordering: .relaxed)
        defer { figures.expiries.add(ended.count, ordering: .relaxed) }
        defer { sweptShards.store(index % Self.shardCount, ordering: .relaxed) }
        while index < Self.shardCount {
            let before = ended.count
            sessionShards[index].table.withLock {
                $0.removeExpired(at: now, idle, limit: budget - before, to: &ended)
            }
            for session in ended[before...] { forget(session) }
            // There may be more in this one.
            if ended.count >= budget { return (ended, false) }
            index += 1
            if index < Self.shardCount, isOutOfTime() { return (ended, false) }
        }
        return (ended, true)
    }

    // MARK: Saving

    /// Goes on to that many shards and returns when their sessions were asked for that were since the last time.
    func takeUnsaved(shards: Int) -> [SeenSession] {
        let start = saveStart.wrappingAdd(shards, ordering: .relaxed).oldValue
        return (0..<shards).flatMap { offset in
            sessionShards[(start + offset) & (Self.shardCount - 1)].table.withLock { $0.takeUnsaved() }
        }
    }

    /// Has these returned again the next time round: they could not be saved.
    func putBack(_ sessions: [SeenSession]) {
        for session in sessions { shard(of: session.id).table.withLock { $0.markUnsaved(session.id) } }
    }

    /// How many parts `takeUnsaved` divides the sessions into.
    static var parts: Int { shardCount }

    /// Octets that the tables of sessions reserve.
    package var reservedOctets: Int {
        sessionShards.reduce(0) { $0 + $1.table.withLock(\.capacity) } * SessionTable.placeSize
    }

    // MARK: Shards

    private func forget(_ session: Session) {
        live.subtract(1, ordering: .relaxed)
        refreshing.withLock { $0.families.remove(session.id) }
        let user = session.user
        users(of: user.id).table.withLock { table in
            let isLast = user.state.withLock { state in
                state.sessions.remove(session.id)
                return state.sessions.isEmpty
            }
            if isLast, table[user.id] === user { table[user.id] = nil }
            // A dictionary does not shrink by itself.
            if table.isEmpty { table = [:] }
        }
    }

    private func shard(of id: SessionID) -> SessionShard {
        sessionShards[Int(truncatingIfNeeded: id.high) & (Self.shardCount - 1)]
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
