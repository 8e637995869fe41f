import Crypto

/// A table of a fixed capacity. When it is full a hand goes round, passes over what was asked for since it came by, and
/// takes the place of the next: on average a few steps.
struct VerifiedTable: Sendable {
    struct Entry: Sendable {
        let name: Digest
        let snapshot: UserSnapshot
        /// Where its failures are counted (`RateLimits.familiarPlace`).
        let place: UInt64
        let verifiedAt: SteadyTime
        var wasAsked = false
    }

    private var entries: [Entry] = []
    private var places: [Digest: Int] = [:]
    private var hand = 0

    var count: Int { entries.count }

    /// What is known under this name, if it is younger than `lifetime` milliseconds.
    mutating func find(
        _ name: Digest, at now: SteadyTime, _ lifetime: Int64
    ) -> (snapshot: UserSnapshot, place: UInt64)? {
        guard let place = places[name] else { return nil }
        guard now.milliseconds - entries[place].verifiedAt.milliseconds < lifetime else {
            remove(place)
            return nil
        }
        entries[place].wasAsked = true
        return (entries[place].snapshot, entries[place].place)
    }

    mutating func insert(_ entry: Entry, capacity: Int) {
        if let place = places[entry.name] {
            entries[place] = entry
        } else if entries.count < capacity {
            places[entry.name] = entries.count
            entries.append(entry)
        } else {
            let place = nextPlace()
            places[entries[place].name] = nil
            places[entry.name] = place
            entries[place] = entry
        }
    }

    mutating func removeAll(of user: UserID) {
        for place in entries.indices.reversed() where entries[place].snapshot.user.id == user {
            remove(place)
        }
    }

    private mutating func nextPlace() -> Int {
        while true {
            let place = hand % entries.count
            hand = place + 1
            guard entries[place].wasAsked else { return place }
            entries[place].wasAsked = false
        }
    }

    /// The last entry takes its place.
    private mutating func remove(_ place: Int) {
        places[entries[place].name] = nil
        let last = entries.removeLast()
        if place < entries.count {
            entries[place] = last
            places[last.name] = place
        }
    }
}
