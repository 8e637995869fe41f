import Testing

@testable import Server

/// Which key is there when.
@Suite struct TicketKeyRingTests {
    private let start = ContinuousClock.now

    private func ring(lifetime: Int = 100) -> TicketKeyRing {
        TicketKeyRing(lifetime: .seconds(lifetime), at: start)
    }

    private func turn(_ ring: inout TicketKeyRing, to seconds: Double) {
        ring.turn(at: start + .seconds(seconds))
    }

    @Test func keepsAKeyForItsLifetime() {
        var ring = ring()
        let first = ring.current
        for seconds in [0, 1, 99.999] { turn(&ring, to: seconds) }
        #expect(ring.current === first && ring.previous == nil)
    }

    @Test func hasANewOneThen() {
        var ring = ring()
        let first = ring.current
        turn(&ring, to: 100)
        #expect(ring.current !== first && ring.previous === first)
    }

    @Test func dropsAKeyAfterTwoLifetimesHoweverLateItTurned() {
        for late in [100, 150, 199.999] {
            var ring = ring()
            let first = ring.current
            turn(&ring, to: late)
            let second = ring.current
            turn(&ring, to: 199.999)
            #expect(ring.current === second && ring.previous === first, "\(late)")
            turn(&ring, to: 200)
            #expect(ring.current !== second && ring.previous === second, "\(late)")
        }
    }

    @Test(arguments: [200.0, 201, 1_000_000]) func dropsEverythingWhenNobodyLookedForLong(seconds: Double) {
        var ring = ring()
        let first = ring.current
        turn(&ring, to: seconds)
        #expect(ring.current !== first && ring.previous == nil)
        let next = ring.current
        turn(&ring, to: seconds + 99)
        #expect(ring.current === next)
    }

    @Test func takesAShorterLifetimeAtOnce() {
        var ring = ring()
        let first = ring.current
        turn(&ring, to: 50)
        ring.lifetime = .seconds(40)
        turn(&ring, to: 50)
        #expect(ring.current !== first && ring.previous === first)
        turn(&ring, to: 80)
        #expect(ring.previous !== first)
    }
}
