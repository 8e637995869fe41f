/// One shard of the session map: sessions in an open-addressed table (linear probing), and when the next may expire.
///
/// Names are uniformly random, so they are their own hash. The table grows by half at three quarters full and
/// shrinks when an eighth is left. A place of it is an entry and, in an array beside it, its user: there is one where
/// the entry is taken, and only there. Users are moved from place to place, never copied: to count a reference is to
/// wait for memory that is nowhere near.
struct SessionTable {
    private var entries: [SessionEntry] = []
    private var users: [LiveUser?] = []
    private(set) var count = 0
    /// No session in here expires before this time; so most sweeps need not look.
    private(set) var nextDeadline = SteadyTime.never

    private static let smallest = 8

    /// Octets of a place, taken or free.
    static let placeSize = MemoryLayout<SessionEntry>.stride + MemoryLayout<LiveUser?>.stride

    /// Places that are reserved: memory, not sessions.
    var capacity: Int { entries.count }

    /// The place of a session.
    func index(of id: SessionID) -> Int? {
        guard !entries.isEmpty else { return nil }
        var index = home(of: id)
        while entries[index].isTaken {
            if entries[index].id == id { return index }
            index = next(index)
        }
        return nil
    }

    /// The entry at a place that `index(of:)` gave.
    subscript(index: Int) -> SessionEntry { entries[index] }

    /// The session at a place that `index(of:)` gave.
    func session(_ index: Int) -> Session {
        guard let user = users[index] else { preconditionFailure("a place without a session") }
        return Session(user: user, entry: entries[index])
    }

    /// Notes that a session was asked for.
    mutating func see(_ index: Int, at now: SteadyTime) {
        entries[index].seenAt = now
        entries[index].isUnsaved = true
    }

    /// Whether the name was free, as a random one is.
    mutating func insert(_ entry: SessionEntry, of user: LiveUser, _ idle: IdleTimeouts) -> Bool {
        guard index(of: entry.id) == nil else { return false }
        if (count + 1) * 4 > capacity * 3 { resize(to: max(Self.smallest, capacity * 3 / 2)) }
        let index = freePlace(for: entry.id)
        entries[index] = entry
        users[index] = user
        count += 1
        nextDeadline = min(nextDeadline, entry.deadline(idle))
        return true
    }

    mutating func remove(_ id: SessionID) -> Session? {
        guard let index = index(of: id) else { return nil }
        let session = vacate(index)
        count -= 1
        shrink()
        return session
    }

    /// Removes at most `limit` sessions that have expired, and appends them to `ended`.
    mutating func removeExpired(
        at now: SteadyTime, _ idle: IdleTimeouts, limit: Int, to ended: inout [Session]
    ) {
        guard nextDeadline <= now, limit > 0 else { return }
        var left = limit
        var earliest = SteadyTime.never
        var index = 0
        while index < capacity {
            if entries[index].isTaken {
                let deadline = entries[index].deadline(idle)
                if deadline <= now {
                    if left == 0 {
                        // The rest is found again; no later than now.
                        earliest = now
                        break
                    }
                    ended.append(vacate(index))
                    left -= 1
                    // Another may have moved to this place.
                    continue
                }
                earliest = min(earliest, deadline)
            }
            index += 1
        }
        count -= limit - left
        nextDeadline = earliest
        shrink()
    }

    /// Sessions that were asked for since this was called last: when.
    mutating func takeUnsaved() -> [SeenSession] {
        var unsaved: [SeenSession] = []
        for index in entries.indices where entries[index].isUnsaved {
            entries[index].isUnsaved = false
            unsaved.append(SeenSession(id: entries[index].id, at: entries[index].seenAt))
        }
        return unsaved
    }

    /// Marks a session as not written after all.
    mutating func markUnsaved(_ id: SessionID) {
        if let index = index(of: id) { entries[index].isUnsaved = true }
    }

    /// Has the next sweep look at every session: the timeouts were changed.
    mutating func forgetDeadline() {
        if count > 0 { nextDeadline = SteadyTime(milliseconds: .min) }
    }

    // MARK: Places

    /// Where the search for a name begins. The shard was chosen by the other half.
    private func home(of id: SessionID) -> Int {
        Int(truncatingIfNeeded: id.low.multipliedFullWidth(by: UInt64(capacity)).high)
    }

    private func next(_ index: Int) -> Int {
        index + 1 == capacity ? 0 : index + 1
    }

    private func freePlace(for id: SessionID) -> Int {
        var index = home(of: id)
        while entries[index].isTaken { index = next(index) }
        return index
    }

    /// Empties a place and moves back whoever would not be found past the gap (Knuth, volume 3, algorithm 6.4R).
    private mutating func vacate(_ start: Int) -> Session {
        guard let user = users[start].take() else { preconditionFailure("a place without a session") }
        let session = Session(user: user, entry: entries[start])
        var gap = start
        var index = next(start)
        while entries[index].isTaken {
            let home = home(of: entries[index].id)
            // Whether its home lies behind the gap, seen round the end of the table.
            let staysFound = gap <= index ? gap < home && home <= index : gap < home || home <= index
            if !staysFound {
                entries[gap] = entries[index]
                users[gap] = users[index].take()
                gap = index
            }
            index = next(index)
        }
        entries[gap] = .free
        return session
    }

    private mutating func shrink() {
        if count == 0 {
            entries = []
            users = []
            nextDeadline = .never
        } else if capacity > 4 * Self.smallest, count * 8 < capacity {
            resize(to: max(Self.smallest, count * 2))
        }
    }

    private mutating func resize(to size: Int) {
        var (oldEntries, oldUsers) = (
            [SessionEntry](repeating: .free, count: size), [LiveUser?](repeating: nil, count: size)
        )
        swap(&oldEntries, &entries)
        swap(&oldUsers, &users)
        for old in oldEntries.indices where oldEntries[old].isTaken {
            let index = freePlace(for: oldEntries[old].id)
            entries[index] = oldEntries[old]
            users[index] = oldUsers[old].take()
        }
    }
}

/// When a session was asked for last.
public struct SeenSession: Sendable {
    let id: SessionID
    let at: SteadyTime
}
