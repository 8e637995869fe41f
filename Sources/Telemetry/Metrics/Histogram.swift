import Synchronization

/// How long something took, each time: how often at most as long as each bound, and all times together.
///
/// It only grows. What reads it while others record sees each time either whole or in part.
public final class Histogram: Sendable {
    /// The bounds of the buckets in nanoseconds, each of which belongs to its bucket: 50 µs to 5 s. What took longer is
    /// in one more.
    public static let bounds = [
        50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
        500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000,
    ]

    /// One more than `bounds`.
    private let buckets = InlineArray<17, Atomic<Int>> { _ in Atomic(0) }
    private let sum = Atomic(0)

    /// Nothing yet.
    public init() {}

    /// Counts one; from any thread.
    public func record(nanoseconds: Int) {
        buckets[Self.bucket(of: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// Counts one; always from the same thread, which is cheaper.
    public func recordAlone(nanoseconds: Int) {
        let bucket = Self.bucket(of: nanoseconds)
        buckets[bucket].store(buckets[bucket].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        sum.store(sum.load(ordering: .relaxed) &+ nanoseconds, ordering: .relaxed)
    }

    private static func bucket(of nanoseconds: Int) -> Int {
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        return bucket
    }

    /// What one or several histograms have counted.
    public struct Reading: Sendable, Equatable {
        /// In each bucket, the last of which has no bound.
        public private(set) var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        /// All times together.
        public private(set) var nanoseconds = 0

        /// What these have counted together.
        public init(_ histograms: some Sequence<Histogram>) {
            for histogram in histograms {
                for bucket in counts.indices {
                    counts[bucket] += histogram.buckets[bucket].load(ordering: .relaxed)
                }
                nanoseconds += histogram.sum.load(ordering: .relaxed)
            }
        }

        /// How many times there were.
        public var count: Int { counts.reduce(0, +) }
    }

    /// What it has counted.
    public var reading: Reading { Reading(CollectionOfOne(self)) }
}
