import TestSupport
import Testing

@testable import Auth

/// One bucket by itself: which try is the last to go on, and when the next may.
@Suite struct RateBucketTests {
    /// Two at once, one more each second.
    private let plain = Allowance(burst: 2, perHour: 3_600)
    /// Three at once, one each hour, delays up to five seconds.
    private let delayed = Allowance(burst: 3, perHour: 1, longestDelay: .seconds(5))
    private let start: Int64 = 1_000_000

    private func bucket(_ allowance: Allowance, failures: Int) -> RateBucket {
        var bucket = RateBucket(key: 1)
        for _ in 0..<failures { bucket.fail(allowance, at: start) }
        return bucket
    }

    @Test func theLastOfTheBurstGoesOnAndTheNextDoesNot() {
        #expect(bucket(plain, failures: 1).decision(plain, at: start) == .admitted)
        #expect(bucket(plain, failures: 2).decision(plain, at: start) == .refused(wait: 1_000))
    }

    @Test func oneIsForgottenAtTheIntervalAndNotAMillisecondBefore() {
        let bucket = bucket(plain, failures: 2)
        #expect(bucket.decision(plain, at: start + 999) == .refused(wait: 1))
        #expect(bucket.decision(plain, at: start + 1_000) == .admitted)
        var another = bucket
        another.fail(plain, at: start + 1_000)
        #expect(another.decision(plain, at: start + 1_000) == .refused(wait: 1_000))
    }

    @Test func anIdleTimeGivesTheBurstAndNoMore() {
        var bucket = bucket(plain, failures: 2)
        for _ in 0..<2 {
            #expect(bucket.decision(plain, at: start + 1_000_000) == .admitted)
            bucket.fail(plain, at: start + 1_000_000)
        }
        #expect(bucket.decision(plain, at: start + 1_000_000) == .refused(wait: 1_000))
    }

    @Test func triesInFlightLeaveTheRestUndecided() {
        var bucket = bucket(plain, failures: 1)
        bucket.inFlight = 1
        #expect(bucket.decision(plain, at: start) == .undecided)
        bucket.inFlight = 0
        #expect(bucket.decision(plain, at: start) == .admitted)
    }

    @Test func delaysDoubleUpToTheLongest() {
        var bucket = bucket(delayed, failures: 2)
        var now = start
        for seconds: Int64 in [1, 2, 4, 5, 5] {
            #expect(bucket.decision(delayed, at: now) == .admitted)
            bucket.fail(delayed, at: now)
            #expect(bucket.decision(delayed, at: now) == .refused(wait: seconds * 1_000))
            #expect(bucket.decision(delayed, at: now + seconds * 1_000 - 1) == .refused(wait: 1))
            now += seconds * 1_000
        }
    }

    @Test func afterADelayThereIsOneTryAtATime() {
        var bucket = bucket(delayed, failures: 3)
        bucket.inFlight = 1
        #expect(bucket.decision(delayed, at: start + 1_000) == .refused(wait: 1_000))
        bucket.inFlight = 0
        #expect(bucket.decision(delayed, at: start + 1_000) == .admitted)
    }

    @Test func manyFailuresAreForgottenAsSoonAsFewerAre() {
        let often = bucket(delayed, failures: 1_000)
        let hours = Int64(3 + 17) * 3_600_000
        #expect(!often.isIdle(at: start + hours - 1))
        #expect(often.isIdle(at: start + hours))
        #expect(often.heldUntil == start + 5_000)
    }

    @Test func aClockThatIsBehindByAThreadsTurnForgetsNothing() {
        var bucket = bucket(plain, failures: 1)
        bucket.fail(plain, at: start - 5)
        #expect(bucket.used(plain, at: start) == 2)
    }

    @Test func aJumpOfTheSteadyClockForgetsAll() {
        let bucket = bucket(delayed, failures: 20)
        #expect(bucket.decision(delayed, at: .max / 2) == .admitted)
        #expect(bucket.isIdle(at: .max / 2))
    }

    @Test func itIsSmall() {
        #expect(MemoryLayout<RateBucket>.stride == 32)
    }

    @Test func allowancesSayTheirWindow() {
        #expect(Allowance(burst: 20, perHour: 4).window == 18_000)
        #expect(Allowance(burst: 3, perHour: 3_600_000).window == 1)
    }

    @Test(arguments: [(0, 1), (1, 1), (1_000, 1), (1_001, 2)] as [(Int64, Int)])
    func secondsToWaitAreRoundedUp(milliseconds: Int64, seconds: Int) {
        #expect(TooManyTries("source", plain, wait: milliseconds).retryAfter == seconds)
    }
}
