/// One shard of the session map: a table, and who expires next.
struct SessionTable {
    private(set) var sessions: [SessionID: Session] = [:]
    private(set) var expiry = ExpiryQueue()

    /// Whether the name was free, as a random one is.
    mutating func insert(_ id: SessionID, _ session: Session) -> Bool {
        guard sessions.updateValue(session, forKey: id) == nil else { return false }
        if let expiresAt = session.expiresAt { expiry.insert(id, at: expiresAt) }
        return true
    }

    mutating func remove(_ id: SessionID) -> Session? {
        let removed = sessions.removeValue(forKey: id)
        if removed?.expiresAt != nil {
            // The queue keeps the name until its time comes. When most of it is such names, it is made anew.
            expiry.noteEnded { id in sessions[id] != nil }
        }
        return removed
    }

    mutating func removeExpired(at now: SteadyTime, limit: Int) -> [(SessionID, LiveUser)] {
        var removed: [(SessionID, LiveUser)] = []
        while removed.count < limit, let id = expiry.removeFirst(notAfter: now) {
            if let session = sessions.removeValue(forKey: id) { removed.append((id, session.user)) }
        }
        return removed
    }
}

/// Names by the time at which they expire: a binary heap, earliest first.
struct ExpiryQueue {
    private var heap: [(time: SteadyTime, id: SessionID)] = []
    /// Names that are in the heap though their session has ended.
    private var ended = 0

    var count: Int { heap.count }

    mutating func insert(_ id: SessionID, at time: SteadyTime) {
        heap.append((time, id))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].time < heap[parent].time else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest name if its time has come.
    mutating func removeFirst(notAfter now: SteadyTime) -> SessionID? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(0)
        return first.id
    }

    /// Notes that one of the names has ended before its time. When the ended ones are more than half, those that
    /// `isLive` does not know are dropped, at a cost that the ended ones have paid for.
    mutating func noteEnded(isLive: (SessionID) -> Bool) {
        ended += 1
        guard ended > 16, ended > heap.count / 2 else { return }
        heap = heap.filter { isLive($0.id) }
        ended = 0
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var earliest = parent
            for child in (2 * parent + 1)...(2 * parent + 2) where child < heap.count {
                if heap[child].time < heap[earliest].time { earliest = child }
            }
            guard earliest != parent else { return }
            heap.swapAt(parent, earliest)
            parent = earliest
        }
    }
}
