import Telemetry
import Testing

@Suite struct HistogramTests {
    private let histogram = Histogram()

    /// The buckets that have something.
    private var filled: [Int: Int] {
        Dictionary(
            uniqueKeysWithValues: histogram.reading.counts.enumerated().filter { $0.element > 0 }.map {
                ($0, $1)
            })
    }

    @Test(arguments: Histogram.bounds.indices)
    func aBoundBelongsToItsBucketAndOneNanosecondMoreToTheNext(bucket: Int) {
        let bound = Histogram.bounds[bucket]
        histogram.record(nanoseconds: bound)
        #expect(filled == [bucket: 1])
        histogram.record(nanoseconds: bound + 1)
        #expect(filled == [bucket: 1, bucket + 1: 1])
        #expect(histogram.reading.nanoseconds == 2 * bound + 1)
    }

    @Test func boundsGrowFrom50MicrosecondsToSeconds() {
        #expect(Histogram.bounds == Histogram.bounds.sorted() && Set(Histogram.bounds).count == 16)
        #expect(Histogram.bounds.first == 50_000 && Histogram.bounds.last == 5_000_000_000)
    }

    @Test func nothingAndLessThanNothingAreInTheFirstBucket() {
        histogram.record(nanoseconds: 0)
        histogram.record(nanoseconds: -1)
        #expect(filled == [0: 2])
    }

    @Test func whatTakesForEverIsPastEveryBound() {
        histogram.record(nanoseconds: .max)
        #expect(filled == [Histogram.bounds.count: 1])
    }

    @Test func oneThreadAloneCountsTheSame() {
        for time in [1, 50_000, 50_001, 7_000_000_000] { histogram.recordAlone(nanoseconds: time) }
        #expect(filled == [0: 2, 1: 1, 16: 1])
        #expect(histogram.reading.nanoseconds == 7_000_100_002)
    }

    @Test func losesNothingBetweenThreads() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [histogram] in
                    for _ in 0..<10_000 { histogram.record(nanoseconds: 3) }
                }
            }
        }
        #expect(filled == [0: 80_000])
        #expect(histogram.reading.nanoseconds == 240_000)
    }

    @Test func severalAreReadAsOne() {
        let other = Histogram()
        histogram.record(nanoseconds: 1)
        other.record(nanoseconds: 2)
        other.record(nanoseconds: 60_000)
        let both = Histogram.Reading([histogram, other])
        #expect(both.counts.prefix(2) == [2, 1] && both.count == 3 && both.nanoseconds == 60_003)
        #expect(Histogram.Reading([]).count == 0)
    }
}
