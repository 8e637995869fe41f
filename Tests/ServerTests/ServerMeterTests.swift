import HTTP
import Synchronization
import Telemetry
import Testing

@testable import Server

/// What a server counts of its answers, by route, method and status.
@Suite(.serialized) struct ServerMeterTests {
    private let meter = ServerMeter()

    /// Routes `/a` and `/b`; `/slow` is the first, waited for; anything else has none.
    private func start(loops: Int = 1, _ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> (
        address: ListeningAddress, running: RunningServer
    ) {
        var configuration = ServerConfiguration(
            addresses: try ListeningAddress.resolve(host: "127.0.0.1", port: 0), loops: loops)
        configuration.meter = meter
        change(&configuration)
        let server = try Server(
            configuration,
            responder: Responder(
                respond: { request in
                    let path = request.path
                    var response = Response(status: path == "/b" ? .created : .ok, body: Array("1".utf8))
                    response.route = ["/a": 1, "/slow": 1, "/b": 2, "/past": 3, "/far": .max][path] ?? 0
                    guard path == "/slow" else { return .ready(response) }
                    let isStuck = request.method == .post
                    return .pending(route: response.route) { [response] in
                        await Task.yield()
                        // Longer than anybody waits.
                        if isStuck { try? await Task.sleep(for: .seconds(5)) }
                        return response
                    }
                }, refuse: { refusal, _, _ in Response(status: refusal.status) }, routes: ["/a", "/b"]))
        return (server.addresses[0], server.start())
    }

    private var lines: [String] {
        var text = MetricsText()
        meter.write(to: &text)
        return String(decoding: text.octets, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func lines(of name: String) -> [String] {
        lines.filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }
    }

    /// What comes after this name in each line.
    private func requests() -> [String] {
        lines(of: "sessiond_http_requests_total").map { String($0.dropFirst(28)) }
    }

    /// The slowest ones are those that a route must not lose.
    @Test func countsAnAnswerThatTookTooLongByItsRoute() throws {
        let (address, running) = try start { $0.timeouts.handling = 1 }
        let client = try RawClient(address)
        client.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.response()?.status == 503)
        client.end()
        running.drain()
        #expect(requests() == [#"{route="/a",method="POST",code="503"} 1"#])
    }

    @Test(arguments: ReplyPath.allCases)
    func countsByRouteMethodAndStatus(_ path: ReplyPath) throws {
        let (address, running) = try start { $0.replyPath = path }
        let client = try RawClient(address)
        let wanted = [
            ("GET", "/a"), ("GET", "/a"), ("HEAD", "/a"), ("POST", "/b"), ("GET", "/slow"),
            ("QUERY", "/unknown"),
            ("GET", "/past"), ("GET", "/far"),
        ]
        for (method, path) in wanted {
            client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            _ = try client.response(toHead: method == "HEAD")
        }
        #expect(running.drain())
        #expect(
            requests() == [
                #"{route="none",method="GET",code="200"} 2"#, #"{route="none",method="QUERY",code="200"} 1"#,
                #"{route="/a",method="GET",code="200"} 3"#, #"{route="/a",method="HEAD",code="200"} 1"#,
                #"{route="/b",method="POST",code="201"} 1"#,
            ])
        let counts = lines(of: "sessiond_http_request_duration_seconds_count").map {
            $0.split(separator: " ").last
        }
        #expect(counts == ["3", "4", "1"])
    }

    @Test func countsWhatTheGateRefusesWithoutARoute() throws {
        let (address, running) = try start()
        for text in ["NONSENSE /a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n", "\0\r\n\r\n"] {
            let client = try RawClient(address)
            client.send(text)
            _ = try client.response()
        }
        #expect(running.drain())
        #expect(
            requests() == [
                #"{route="none",method="none",code="400"} 2"#, #"{route="none",method="none",code="501"} 1"#,
            ])
    }

    @Test func sumsOverLoops() throws {
        let (address, running) = try start(loops: 3)
        for _ in 0..<60 {
            let client = try RawClient(address)
            #expect(try client.ask("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?.status == 200)
        }
        #expect(running.drain())
        // Sixty connections on one loop of three: once in 10^28 runs.
        #expect(running.loops.count { $0.meter.routes[1].count(.get, .ok) > 0 } > 1)
        #expect(requests() == [#"{route="/a",method="GET",code="200"} 60"#])
        #expect(lines(of: "sessiond_loop_lag_seconds_count").count == 3)
    }

    @Test func countsConnectionsAndThoseThatWereOneTooMany() throws {
        let (address, running) = try start { $0.connections.total = 2 }
        let clients = try [RawClient(address), RawClient(address)]
        for client in clients { #expect(try client.ask("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 200) }
        #expect(lines(of: "sessiond_connections_open") == ["sessiond_connections_open 2"])
        #expect(lines(of: "sessiond_connections_shed_total") == ["sessiond_connections_shed_total 0"])
        #expect(try RawClient(address).response()?.status == 503)
        #expect(lines(of: "sessiond_connections_shed_total") == ["sessiond_connections_shed_total 1"])
        #expect(lines(of: "sessiond_connections_open") == ["sessiond_connections_open 2"])
        withExtendedLifetime(clients) {}
        #expect(running.drain())
        #expect(lines(of: "sessiond_connections_open") == ["sessiond_connections_open 0"])
    }

    @Test func everyMethodAndStatusHasAPlaceOfItsOwn() {
        var places: Set<Int> = []
        for method in [nil] + HTTP.Method.allCases {
            for status in Status.allCases { places.insert(RouteMeter.place(method, status)) }
        }
        #expect(places.count == (HTTP.Method.allCases.count + 1) * Status.allCases.count)
        #expect(places.allSatisfy { (0..<RouteMeter.places).contains($0) })
    }

    @Test func aTickIsLateByWhatItComesAfterItsSecond() {
        let loop = LoopMeter(routes: 0)
        let second = 1_000_000_000
        // Due at 0, 1, 2 and 3 s; the third is late, and the fourth is not late because of it.
        for now in [5, second + 5, 2 * second + 30_000_005, 3 * second + 5] { loop.ticked(at: now) }
        #expect(loop.lag.reading.nanoseconds == 30_000_000)
        #expect(loop.lag.reading.count == 4)
        // Sooner than any before: that is the rhythm now.
        loop.ticked(at: 4 * second)
        loop.ticked(at: 5 * second + 5)
        #expect(loop.lag.reading.nanoseconds == 30_000_005)
        // Late by more than a second: the rhythm begins anew.
        loop.ticked(at: 8 * second)
        #expect(loop.lag.reading.nanoseconds == 30_000_005 + 2 * second)
        loop.ticked(at: 9 * second)
        #expect(loop.lag.reading.nanoseconds == 30_000_005 + 2 * second)
    }
}
