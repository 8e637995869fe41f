import HTTP
public import Telemetry
import Workers

/// What a server counts, over all its loops.
public final class ServerMeter: Sendable {
    let census = ConnectionCensus()
    private let state = Locked(State())

    private struct State {
        var loops: [LoopMeter] = []
        var routes: [String] = []
    }

    /// Of one server.
    public init() {}

    /// That of one more loop.
    func makeLoop(routes: [String]) -> LoopMeter {
        let loop = LoopMeter(routes: routes.count)
        state.withLock { state in
            state.routes = routes
            state.loops.append(loop)
        }
        return loop
    }

    /// Adds what has been counted. From any thread.
    public func write(to text: inout MetricsText) {
        let (loops, routes) = state.withLock { ($0.loops, ["none"] + $0.routes) }
        text.begin("sessiond_http_requests_total", .counter, "Answered requests.")
        for (number, route) in routes.enumerated() {
            let meters = loops.map { $0.routes[number] }
            for method in [nil] + Method.allCases {
                for status in Status.allCases {
                    let count = meters.reduce(0) { $0 + $1.count(method, status) }
                    guard count > 0 else { continue }
                    text.add(
                        count,
                        [
                            "route": route, "method": method?.rawValue ?? "none",
                            "code": "\(status.rawValue)",
                        ])
                }
            }
        }
        text.begin(
            "sessiond_http_request_duration_seconds", .histogram,
            "Time from a whole request, in its turn, to its answer at the socket.")
        for (number, route) in routes.enumerated() {
            let reading = Histogram.Reading(loops.map { $0.routes[number].durations })
            if reading.count > 0 { text.add(reading, ["route": route]) }
        }
        text.add("sessiond_connections_open", .gauge, "Connections.", census.count)
        text.add(
            "sessiond_connections_shed_total", .counter, "Connections that were one too many.",
            loops.reduce(0) { $0 + $1.shedConnections })
        text.begin("sessiond_loop_lag_seconds", .histogram, "How late the tick of each second was on a loop.")
        for (number, loop) in loops.enumerated() { text.add(loop.lag.reading, ["loop": "\(number)"]) }
    }
}
