/// One shard of the session map: sessions in an open-addressed table (linear probing), and when the next may expire.
///
/// Names are uniformly random, so they are their own hash. The table grows by half at three quarters full and
/// shrinks when an eighth is left.
struct SessionTable {
    private var slots: [Session?] = []
    private(set) var count = 0
    /// No session in here expires before this time; so most sweeps need not look.
    private(set) var nextDeadline = SteadyTime.never

    private static let smallest = 8

    /// Slots that are reserved: memory, not sessions.
    var capacity: Int { slots.count }

    /// The place of a session.
    func index(of id: SessionID) -> Int? {
        guard !slots.isEmpty else { return nil }
        var index = home(of: id)
        while let session = slots[index] {
            if session.id == id { return index }
            index = next(index)
        }
        return nil
    }

    /// The session at a place that `index(of:)` gave.
    subscript(index: Int) -> Session {
        guard let session = slots[index] else { preconditionFailure("a place without a session") }
        return session
    }

    /// Notes that a session was asked for.
    mutating func see(_ index: Int, at now: SteadyTime) {
        slots[index]?.seenAt = now
        slots[index]?.isUnsaved = true
    }

    /// Whether the name was free, as a random one is.
    mutating func insert(_ session: Session, _ idle: IdleTimeouts) -> Bool {
        guard index(of: session.id) == nil else { return false }
        if (count + 1) * 4 > slots.count * 3 { resize(to: max(Self.smallest, slots.count * 3 / 2)) }
        place(session)
        count += 1
        nextDeadline = min(nextDeadline, session.deadline(idle))
        return true
    }

    mutating func remove(_ id: SessionID) -> Session? {
        guard let index = index(of: id) else { return nil }
        let session = slots[index]
        vacate(index)
        count -= 1
        shrink()
        return session
    }

    /// Removes at most `limit` sessions that have expired.
    mutating func removeExpired(at now: SteadyTime, _ idle: IdleTimeouts, limit: Int) -> [Session] {
        guard nextDeadline <= now, limit > 0 else { return [] }
        var removed: [Session] = []
        var earliest = SteadyTime.never
        var index = 0
        while index < slots.count {
            if let session = slots[index] {
                let deadline = session.deadline(idle)
                if deadline <= now {
                    if removed.count == limit {
                        // The rest is found again; no later than now.
                        earliest = now
                        break
                    }
                    removed.append(session)
                    vacate(index)
                    // Another may have moved to this place.
                    continue
                }
                earliest = min(earliest, deadline)
            }
            index += 1
        }
        count -= removed.count
        nextDeadline = earliest
        shrink()
        return removed
    }

    /// Sessions that were asked for since this was called last.
    mutating func takeUnsaved() -> [Session] {
        var unsaved: [Session] = []
        for index in slots.indices {
            guard let session = slots[index], session.isUnsaved else { continue }
            slots[index]?.isUnsaved = false
            unsaved.append(session)
        }
        return unsaved
    }

    /// Marks a session as not written after all.
    mutating func markUnsaved(_ id: SessionID) {
        if let index = index(of: id) { slots[index]?.isUnsaved = true }
    }

    /// Has the next sweep look at every session: the timeouts were changed.
    mutating func forgetDeadline() {
        if count > 0 { nextDeadline = SteadyTime(milliseconds: .min) }
    }

    // MARK: Places

    /// Where the search for a name begins. The shard was chosen by the other half.
    private func home(of id: SessionID) -> Int {
        Int(truncatingIfNeeded: id.low.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    private func next(_ index: Int) -> Int {
        index + 1 == slots.count ? 0 : index + 1
    }

    private mutating func place(_ session: Session) {
        var index = home(of: session.id)
        while slots[index] != nil { index = next(index) }
        slots[index] = session
    }

    /// Empties a place and moves back whoever would not be found past the gap (Knuth, volume 3, algorithm 6.4R).
    private mutating func vacate(_ start: Int) {
        slots[start] = nil
        var gap = start
        var index = next(start)
        while let session = slots[index] {
            let home = home(of: session.id)
            // Whether its home lies behind the gap, seen round the end of the table.
            let staysFound = gap <= index ? gap < home && home <= index : gap < home || home <= index
            if !staysFound {
                slots.swapAt(gap, index)
                gap = index
            }
            index = next(index)
        }
    }

    private mutating func shrink() {
        if count == 0 {
            slots = []
            nextDeadline = .never
        } else if slots.count > 4 * Self.smallest, count * 8 < slots.count {
            resize(to: max(Self.smallest, count * 2))
        }
    }

    private mutating func resize(to size: Int) {
        let old = slots
        slots = Array(repeating: nil, count: size)
        for case let session? in old { place(session) }
    }
}
