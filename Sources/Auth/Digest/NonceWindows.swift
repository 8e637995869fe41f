import Workers

/// Which counts were used with which nonces (RFC 7616 §3.4.6, `nc`): a sliding window for each, as far back as parallel
/// connections of one client get out of order.
///
/// Bounded: past the capacity of a shard the nonce that came into use first gives way. From then on no nonce that is as
/// old or older may come into use there: one that is not known any more cannot be told from one that never was.
final class NonceWindows: Sendable {
    /// Counts behind the highest that may still come, and that itself.
    static let width = UInt32(UInt128.bitWidth)
    /// Nonces in use. Default 65,536, some 6 MB.
    static let usualCapacity = 65_536
    private static let mostShards = 64

    enum Use: Sendable {
        case first, further, forgotten, repeated
    }

    private let shards: [Shard]
    private let capacity: Int

    init(capacity: Int) {
        let count = min(Self.mostShards, max(1, capacity / 64))
        shards = (0..<count).map { _ in Shard() }
        self.capacity = max(1, capacity / count)
    }

    /// - Parameters:
    ///   - number: Random, of a nonce that is ours and not too old.
    ///   - oldest: Those issued then, or before, are too old.
    func use(_ number: UInt64, _ count: UInt32, issuedAt: Int64, oldest: Int64) -> Use {
        shards[Int(truncatingIfNeeded: number % UInt64(shards.count))].table.withLock { table in
            table.use(number, count, issuedAt: issuedAt, oldest: oldest, capacity: capacity)
        }
    }

    /// How many are held.
    var count: Int { shards.reduce(0) { $0 + $1.table.withLock(\.count) } }
}

private final class Shard: Sendable {
    let table = Locked(NonceTable())
}

/// The highest count, and which of those behind it were used.
private struct NonceWindow {
    private var highest: UInt32
    /// Bit 0: the highest.
    private var used: UInt128 = 1

    init(_ count: UInt32) {
        highest = count
    }

    /// False: it was used, or is too far behind to tell.
    mutating func use(_ count: UInt32) -> Bool {
        if count > highest {
            let step = count - highest
            used = (step < NonceWindows.width ? used << UInt128(step) : 0) | 1
            highest = count
            return true
        }
        let distance = highest - count
        guard distance < NonceWindows.width, used >> UInt128(distance) & 1 == 0 else { return false }
        used |= 1 << UInt128(distance)
        return true
    }
}

private struct NonceTable {
    private var windows: [UInt64: NonceWindow] = [:]
    /// In the order in which they came into use: a ring of places, the first in use at `head`.
    private var order: [(number: UInt64, issuedAt: Int64)] = []
    private var head = 0
    private var length = 0
    /// What was issued then, or before, comes into use no more.
    private var floor = Int64.min

    var count: Int { length }

    mutating func use(
        _ number: UInt64, _ count: UInt32, issuedAt: Int64, oldest: Int64, capacity: Int
    ) -> NonceWindows.Use {
        if windows[number] != nil {
            return windows[number]?.use(count) == true ? .further : .repeated
        }
        guard issuedAt > floor else { return .forgotten }
        if order.isEmpty { order = Array(repeating: (0, 0), count: capacity) }
        // Those too old too: another thread may have read the clock before, and a lifetime may become longer.
        while length > 0, length == capacity || order[head].issuedAt <= oldest {
            floor = max(floor, dropFirst())
        }
        guard issuedAt > floor else { return .forgotten }
        order[(head + length) % capacity] = (number, issuedAt)
        length += 1
        windows[number] = NonceWindow(count)
        return .first
    }

    private mutating func dropFirst() -> Int64 {
        let first = order[head]
        windows[first.number] = nil
        head = (head + 1) % order.count
        length -= 1
        return first.issuedAt
    }
}
