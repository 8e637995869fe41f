import Workers

/// Buckets of accounts or of addresses, in memory that never grows past its size.
///
/// Sets of eight, found by a keyed hash that nobody outside can compute. In a full set a new key takes the place of the
/// bucket that would be forgotten soonest: who floods the table with fresh keys replaces their own, and not the one
/// account that is under attack. No timers: what is forgotten is seen at the next look.
final class RateTable: Sendable {
    /// Buckets of one set.
    private static let ways = 8
    private static let shardCount = 64
    /// Tries that wait for the outcome of others on the same key, at most.
    private static let mostWaiting = 1_024

    private struct Content: Sendable {
        /// Empty until the first use, so that an idle server pays nothing.
        var buckets: [RateBucket] = []
        /// By key, in order of arrival.
        var waiting: [UInt64: [CheckedContinuation<RateBucket.Decision, Never>]] = [:]
    }

    private final class Shard: Sendable {
        let content = Locked(Content())
    }

    private let shards = (0..<shardCount).map { _ in Shard() }
    private let bucketsOfShard: Int

    /// A table of that many buckets, rounded up to 512.
    init(buckets: Int) {
        bucketsOfShard =
            max(1, (buckets + Self.shardCount * Self.ways - 1) / (Self.shardCount * Self.ways)) * Self.ways
    }

    /// Asks for a try, and waits where that depends on tries which are in flight. Who is admitted must `leave`.
    func enter(_ key: UInt64, _ allowance: Allowance, clock: () -> Int64) async throws -> RateBucket.Decision
    {
        let shard = shard(of: key)
        let now = clock()
        let first = shard.content.withLock { take(key, allowance, at: now, in: &$0) }
        guard first == .undecided else { return first }
        var isCrowded = false
        let decision = await withCheckedContinuation { continuation in
            let known = shard.content.withLock { content -> RateBucket.Decision? in
                // Asked again: it may have been decided meanwhile.
                let decision = take(key, allowance, at: now, in: &content)
                guard decision == .undecided else { return decision }
                guard content.waiting[key, default: []].count < Self.mostWaiting else { return .undecided }
                content.waiting[key, default: []].append(continuation)
                return nil
            }
            if let known {
                isCrowded = known == .undecided
                continuation.resume(returning: known)
            }
        }
        if isCrowded { throw WorkerPool.Overloaded() }
        return decision
    }

    /// Ends a try that was admitted, and tells those who wait for it.
    func leave(_ key: UInt64, _ allowance: Allowance, hasFailed: Bool, at now: Int64) {
        let told = shard(of: key).content.withLock { content in
            let index = place(of: key, in: &content, at: now)
            if content.buckets[index].inFlight > 0 { content.buckets[index].inFlight -= 1 }
            if hasFailed { content.buckets[index].fail(allowance, at: now) }
            return release(key, allowance, at: now, in: &content)
        }
        for (continuation, decision) in told { continuation.resume(returning: decision) }
    }

    /// Counts something that needs no outcome.
    func charge(_ key: UInt64, _ allowance: Allowance, at now: Int64) -> RateBucket.Decision {
        shard(of: key).content.withLock { content in
            let index = place(of: key, in: &content, at: now)
            content.buckets[index].settle(allowance, at: now)
            let decision = content.buckets[index].decision(allowance, at: now)
            if decision == .admitted { content.buckets[index].fail(allowance, at: now) }
            return decision
        }
    }

    /// Keeps a number for as long as one failure is remembered, in a table that has no delays.
    func note(_ number: UInt64, for key: UInt64, _ allowance: Allowance, at now: Int64) {
        shard(of: key).content.withLock { content in
            let index = place(of: key, in: &content, at: now)
            content.buckets[index] = RateBucket(
                key: key, fullAt: now + allowance.interval, heldUntil: Int64(bitPattern: number))
        }
    }

    /// The number that was noted; nil: none, or forgotten.
    func noted(of key: UInt64, at now: Int64) -> UInt64? {
        shard(of: key).content.withLock { content in
            remembered(key, at: now, in: content).map { UInt64(bitPattern: $0.heldUntil) }
        }
    }

    /// Failures of this key that count, and tries whose end is not known; nothing is changed.
    func load(of key: UInt64, _ allowance: Allowance, at now: Int64) -> Int64 {
        shard(of: key).content.withLock { content in
            guard !content.buckets.isEmpty else { return 0 }
            let bucket = content.buckets[set(of: key)].first { $0.key == key }
            return bucket.map { $0.used(allowance, at: now) + Int64($0.inFlight) } ?? 0
        }
    }

    /// Whether anything is remembered of this key.
    func remembers(_ key: UInt64, at now: Int64) -> Bool {
        shard(of: key).content.withLock { content in remembered(key, at: now, in: content) != nil }
    }

    private func remembered(_ key: UInt64, at now: Int64, in content: Content) -> RateBucket? {
        guard !content.buckets.isEmpty else { return nil }
        return content.buckets[set(of: key)].first { $0.key == key && $0.fullAt > now }
    }

    /// Tries that wait for others.
    var waitingCount: Int {
        shards.reduce(0) { sum, shard in
            sum + shard.content.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } }
        }
    }

    /// Octets that the buckets take now.
    var footprint: Int {
        shards.reduce(0) { sum, shard in
            sum + shard.content.withLock { $0.buckets.capacity } * MemoryLayout<RateBucket>.stride
        }
    }

    private func shard(of key: UInt64) -> Shard { shards[Int(key >> 58)] }

    private func set(of key: UInt64) -> Range<Int> {
        let sets = UInt64(bucketsOfShard / Self.ways)
        let start = Int((key & 0xffff_ffff) * sets >> 32) * Self.ways
        return start..<start + Self.ways
    }

    /// Where the bucket of a key is, or will be.
    private func place(of key: UInt64, in content: inout Content, at now: Int64) -> Int {
        if content.buckets.isEmpty {
            content.buckets = Array(repeating: RateBucket(), count: bucketsOfShard)
        }
        var (best, least) = (0, Int64.max)
        for index in set(of: key) {
            let bucket = content.buckets[index]
            if bucket.key == key { return index }
            // Tries in flight alone weigh less than any failure.
            let rank = bucket.isIdle(at: now) ? .min : max(bucket.fullAt, now)
            if rank < least { (best, least) = (index, rank) }
        }
        content.buckets[best] = RateBucket(key: key)
        return best
    }

    private func take(
        _ key: UInt64, _ allowance: Allowance, at now: Int64, in content: inout Content
    ) -> RateBucket.Decision {
        let index = place(of: key, in: &content, at: now)
        content.buckets[index].settle(allowance, at: now)
        let decision = content.buckets[index].decision(allowance, at: now)
        if decision == .admitted { content.buckets[index].inFlight += 1 }
        return decision
    }

    /// Decides for those who wait, as far as it is decided.
    private func release(
        _ key: UInt64, _ allowance: Allowance, at now: Int64, in content: inout Content
    ) -> [(CheckedContinuation<RateBucket.Decision, Never>, RateBucket.Decision)] {
        guard var waiting = content.waiting[key]?[...] else { return [] }
        var told: [(CheckedContinuation<RateBucket.Decision, Never>, RateBucket.Decision)] = []
        while let first = waiting.first {
            let decision = take(key, allowance, at: now, in: &content)
            if decision == .undecided { break }
            told.append((first, decision))
            waiting.removeFirst()
        }
        content.waiting[key] = waiting.isEmpty ? nil : Array(waiting)
        return told
    }
}
