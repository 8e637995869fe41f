import Crypto
import TestSupport
import Testing

@testable import Auth

@Suite struct DigestNoncesTests {
    private let nonces = DigestNonces()
    private let start = SteadyTime(milliseconds: 1_000_000)
    private let lifetime: Int64 = 300_000

    private func use(
        _ nonce: String, _ count: UInt32 = 1, after milliseconds: Int64 = 0, of other: DigestNonces? = nil
    ) -> DigestNonces.Use {
        (other ?? nonces).use(
            Array(nonce.utf8), count, at: SteadyTime(milliseconds: start.milliseconds + milliseconds),
            lifetime: lifetime)
    }

    @Test func aNonceIsGoodForItsLifetimeAndNoLonger() {
        let nonce = nonces.issue(at: start)
        #expect(use(nonce, 1) == .good(isFirst: true, isAging: false))
        #expect(use(nonce, 2, after: lifetime / 2 - 1) == .good(isFirst: false, isAging: false))
        #expect(use(nonce, 3, after: lifetime / 2) == .good(isFirst: false, isAging: true))
        #expect(use(nonce, 4, after: lifetime - 1) == .good(isFirst: false, isAging: true))
        #expect(use(nonce, 5, after: lifetime) == .stale)
        let another = nonces.issue(at: start)
        #expect(another != nonce)
        #expect(use(another, 1, after: lifetime) == .stale)
    }

    @Test func nobodyElseCanMakeOne() {
        let nonce = nonces.issue(at: start)
        #expect(use(nonce, of: DigestNonces()) == .stale)
        for place in nonce.indices {
            var forged = nonce
            forged.replaceSubrange(place...place, with: nonce[place] == "0" ? "1" : "0")
            #expect(use(forged) == .stale)
        }
        for other in [
            "", "0", nonce + "0", nonce + "00", String(nonce.dropLast(2)), String(repeating: "0", count: 64),
        ] {
            #expect(use(other) == .stale)
        }
        #expect(use(nonce) == .good(isFirst: true, isAging: false))
        // In other letters it is the same one.
        #expect(use(nonce.uppercased()) == .replayed)
    }

    @Test func noCountIsGoodTwice() {
        let nonce = nonces.issue(at: start)
        for count: UInt32 in [1, 2, 3, 200, 150, .max] { #expect(use(nonce, count) != .replayed) }
        for count: UInt32 in [1, 2, 3, 200, 150, .max] { #expect(use(nonce, count) == .replayed) }
    }

    @Test func aWindowOf128CountsMayComeOutOfOrder() {
        let nonce = nonces.issue(at: start)
        #expect(use(nonce, 1_000) == .good(isFirst: true, isAging: false))
        // At its edge, and one past it.
        #expect(use(nonce, 873) == .good(isFirst: false, isAging: false))
        #expect(use(nonce, 872) == .replayed)
        #expect(use(nonce, 873) == .replayed)
        for count in (874..<1_000).reversed() {
            #expect(use(nonce, UInt32(count)) == .good(isFirst: false, isAging: false))
        }
        // Moves by as much as it is wide, less one: one count is left of before.
        #expect(use(nonce, 1_127) == .good(isFirst: false, isAging: false))
        #expect(use(nonce, 1_000) == .replayed)
        #expect(use(nonce, 1_001) == .good(isFirst: false, isAging: false))
        // And by far more.
        #expect(use(nonce, 100_000) == .good(isFirst: false, isAging: false))
        #expect(use(nonce, 1_127) == .replayed)
        #expect(use(nonce, 99_999) == .good(isFirst: false, isAging: false))
    }

    @Test func everyOrderOfParallelRequestsIsGood() {
        var random = SplitMix(seed: 7)
        for _ in 0..<20 {
            let nonce = nonces.issue(at: start)
            for (index, count) in (1...128).shuffled(using: &random).enumerated() {
                #expect(use(nonce, UInt32(count)) == .good(isFirst: index == 0, isAging: false))
            }
            for count in 1...128 { #expect(use(nonce, UInt32(count)) == .replayed) }
        }
    }

    @Test func aFullTableForgetsTheOldestAndNeverTakesThemAgain() {
        let nonces = DigestNonces(capacity: 4)
        let issued = (0..<6).map { nonces.issue(at: SteadyTime(milliseconds: start.milliseconds + $0)) }
        let unused = nonces.issue(at: start)
        let (good, again) = (
            DigestNonces.Use.good(isFirst: true, isAging: false),
            DigestNonces.Use.good(isFirst: false, isAging: false)
        )
        for nonce in issued.prefix(4) { #expect(use(nonce, after: 10, of: nonces) == good) }
        #expect(use(issued[0], 2, after: 10, of: nonces) == again)
        #expect(use(issued[4], after: 10, of: nonces) == good)
        // The first is not known any more, so that a replay could not be told.
        #expect(use(issued[0], 1, after: 10, of: nonces) == .stale)
        #expect(use(issued[0], 3, after: 10, of: nonces) == .stale)
        // Nor could one that was issued as long ago.
        #expect(use(unused, 1, after: 10, of: nonces) == .stale)
        #expect(use(issued[1], 1, after: 10, of: nonces) == .replayed)
        #expect(use(issued[1], 2, after: 10, of: nonces) == again)
        #expect(use(issued[5], after: 10, of: nonces) == good)
        #expect(use(issued[1], 3, after: 10, of: nonces) == .stale)
    }

    @Test func thoseThatAreTooOldMakeRoom() {
        let windows = NonceWindows(capacity: 8)
        for number in 0..<8 { #expect(windows.use(UInt64(number), 1, issuedAt: 10, oldest: 0) == .first) }
        #expect(windows.use(100, 1, issuedAt: 20, oldest: 10) == .first)
        #expect(windows.count == 1)
        // A thread whose clock is behind does not take one of them for new.
        #expect(windows.use(3, 1, issuedAt: 10, oldest: 9) == .forgotten)
    }

    @Test func memoryIsBoundedWhateverComes() {
        let windows = NonceWindows(capacity: 1_000)
        var random = SplitMix(seed: 3)
        for number in 0..<20_000 {
            _ = windows.use(random.next(), 1, issuedAt: Int64(number), oldest: -1)
        }
        #expect(windows.count <= 1_000 && windows.count > 900)
    }
}
