import HTTP
import Synchronization
import Telemetry

/// What one loop counts. The loop alone writes, so that nothing is locked; anybody reads.
final class LoopMeter: Sendable {
    /// By number; the first is that of requests without a route.
    let routes: [RouteMeter]
    /// How late the tick of each second was.
    let lag = Histogram()
    private let shed = Atomic(0)
    /// When the next tick is due; 0 before the first.
    private let due = Atomic(0)

    /// `routes` beside that of requests without one.
    init(routes: Int) {
        self.routes = (0...routes).map { _ in RouteMeter() }
    }

    /// Counts an answer to a request that began at `start`.
    func answered(_ response: Response, _ method: Method?, since start: Int) {
        let number = Int(response.route)
        routes[number < routes.count ? number : 0].record(
            method, response.status, nanoseconds: EventLoop.nanoseconds() &- start)
    }

    /// Counts a connection that was one too many.
    func shedOne() {
        shed.store(shed.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// How many there were.
    var shedConnections: Int { shed.load(ordering: .relaxed) }

    /// Notes the tick of a second at `now`, which comes as long after the one before as the loop was busy just then.
    ///
    /// libevent keeps the rhythm unless it is late by more than a second. What comes sooner than any before was on time.
    func ticked(at now: Int = EventLoop.nanoseconds()) {
        let due = due.load(ordering: .relaxed)
        let late = due == 0 ? 0 : max(0, now - due)
        lag.recordAlone(nanoseconds: late)
        let isInRhythm = due > 0 && now > due && late < Self.second
        self.due.store((isInRhythm ? due : now) + Self.second, ordering: .relaxed)
    }

    private static let second = 1_000_000_000
}
