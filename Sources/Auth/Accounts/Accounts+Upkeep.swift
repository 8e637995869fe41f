import Workers

/// What keeps memory and disk in step while nobody asks: at the start, and every second.
extension Accounts {
    /// Rows that one transaction changes, so that no sign-in waits long for it.
    private static let batch = StaleRows.batch

    /// Brings the durable sessions back to life. Before the first request.
    ///
    /// None lives longer than one that begins now: a clock that was set back must not make them older than they may
    /// get. Nor longer than today's lifetime, counted from the sign-in, if it was longer then. Nobody knows when they
    /// were asked for last since that was written: the doubt is in their favour.
    public func restoreSessions(at now: Moment) async throws {
        guard policy.sessions.isDurable else { return }
        sessions.refreshing.withLock { $0.start = now.steady }
        let policy = policy.sessions
        let doubt = policy.saveInterval.wholeMilliseconds
        let idle = sessions.idle
        try await stores.loadSessions(at: now.wall) { [self] record, user in
            /// How long ago that was; a time that is yet to come was now.
            func age(of time: WallTime) -> Int64 { max(0, now.wall.milliseconds - time.milliseconds) }
            func steady(_ age: Int64) -> SteadyTime {
                SteadyTime(milliseconds: now.steady.milliseconds - age)
            }
            let longest = policy.lifetime(remembered: record.isRemembered)?.wholeMilliseconds ?? .max
            let left = min(
                record.expiresAt.map { $0.milliseconds - now.wall.milliseconds } ?? .max,
                longest == .max ? .max : longest - age(of: record.createdAt))
            let session = NewSession(
                id: record.id, user: user, createdAt: record.createdAt,
                authenticatedAt: steady(age(of: record.createdAt)), endsAt: now.steady.later(by: left),
                seenAt: steady(max(0, age(of: record.seenAt) - doubt)), isRemembered: record.isRemembered)
            if now.steady < session.entry.deadline(idle) {
                sessions.insert(session)
            } else {
                sessions.stale.withLock { $0.append([record.id]) }
            }
        }
    }

    /// Frees expired sessions until `isOutOfTime`; see `SessionMap.sweep`.
    public func sweepSessions(
        at now: Moment, budget: Int = .max, isOutOfTime: () -> Bool = { false }
    ) -> (ended: Int, isComplete: Bool) {
        let (ended, isComplete) = sessions.sweep(at: now.steady, budget: budget, isOutOfTime: isOutOfTime)
        if policy.sessions.isDurable {
            // Rows past their absolute end are found by it; of these the disk does not know that they ended.
            let unknown = ended.filter { !$0.entry.hasExpiredOnDisk(at: now) }.map(\.id)
            sessions.stale.withLock { $0.append(unknown) }
        }
        return (ended.count, isComplete)
    }

    /// Deletes the rows of sessions that ended without the disk knowing.
    public func deleteStaleRows() async throws {
        while let batch = sessions.stale.withLock({ $0.take() }) {
            do {
                try await stores.delete(batch)
            } catch {
                sessions.stale.withLock { $0.append(batch) }
                throw error
            }
        }
    }

    /// Deletes rows that expired before `time`.
    public func deleteExpiredSessions(before time: WallTime) async throws {
        guard policy.sessions.isDurable else { return }
        while try await stores.deleteExpiredSessions(before: time, limit: Self.batch) == Self.batch {}
    }

    /// Whether there are rows that `deleteStaleRows` would delete.
    public var hasStaleRows: Bool { sessions.stale.withLock { !$0.isEmpty } }

    /// Sessions that were asked for since that was written: the next part of them, so that all come once in
    /// `SessionPolicy.saveInterval` if this is called every `interval`; or, when it is nil, all of them.
    public func takeUnsaved(every interval: Duration?) -> [SeenSession] {
        guard policy.sessions.isDurable else { return [] }
        guard let interval else { return sessions.takeUnsaved(shards: SessionMap.parts) }
        let rounds = policy.sessions.saveInterval.wholeMilliseconds / max(1, interval.wholeMilliseconds)
        let parts = (SessionMap.parts + max(1, Int(rounds)) - 1) / max(1, Int(rounds))
        return sessions.takeUnsaved(shards: parts)
    }

    /// Writes when these were asked for last. If that fails, they come again.
    public func save(_ unsaved: [SeenSession], at now: Moment) async throws {
        var rest = unsaved[...]
        do {
            while !rest.isEmpty {
                try await stores.setSeen(
                    rest.prefix(Self.batch).map { session in
                        let age = now.steady.milliseconds - session.at.milliseconds
                        return (session.id, WallTime(milliseconds: now.wall.milliseconds - max(0, age)))
                    })
                rest = rest.dropFirst(Self.batch)
            }
        } catch {
            sessions.putBack(Array(rest))
            throw error
        }
    }
}
