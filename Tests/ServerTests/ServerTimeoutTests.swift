import Glibc
import HTTP
import Testing
import Workers

@testable import Server

/// Clients and handlers that take too long, with every limit at its smallest: one second, and the tick's second.
@Suite struct ServerTimeoutTests {
    private var timeouts: Timeouts {
        var timeouts = Timeouts()
        (timeouts.head, timeouts.body, timeouts.idle, timeouts.handling, timeouts.writeStall) = (
            1, 1, 1, 1, 1
        )
        return timeouts
    }

    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: ReplyPath.allCases)
    func closesAnIdleConnectionWithoutAWord(_ path: ReplyPath) throws {
        let server = try LiveServer(timeouts: timeouts, replyPath: path, respond: LiveServer.echo)
        let silent = try server.connect()
        let asked = try server.connect()
        #expect(try asked.ask(get)?.status == 200)
        #expect(try silent.isAtEnd())
        #expect(try asked.isAtEnd())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func answers408ToHalfARequest(_ path: ReplyPath) throws {
        let server = try LiveServer(timeouts: timeouts, replyPath: path, respond: LiveServer.echo)
        let texts = [
            "G", "GET / HTTP/1.1\r\nHost: a\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        ]
        let clients = try (texts + texts).map { _ in try server.connect() }
        for (client, text) in zip(clients, texts) { client.send(text) }
        for (client, text) in zip(clients.dropFirst(texts.count), texts) { client.send(get + text) }
        for client in clients.dropFirst(texts.count) { #expect(try client.response()?.status == 200) }
        for (client, text) in zip(clients, texts + texts) {
            let response = try #require(try client.response(toHead: text.hasPrefix("HEAD")))
            #expect(response.status == 408)
            #expect(response.value("connection") == "close")
            #expect(try client.isAtEnd())
        }
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    /// The late answer goes to nobody: not to the request, and not to the next one.
    @Test(arguments: ReplyPath.allCases)
    func answers503ForAHandlerThatTakesTooLong(_ path: ReplyPath) throws {
        let barrier = Barrier()
        let server = try LiveServer(timeouts: timeouts, replyPath: path) { request in
            if request.path == "/wait" { await barrier.pass() }
            return Response(status: .ok, body: Array(request.path.utf8))
        }
        let client = try server.connect()
        client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + get)
        #expect(try client.response()?.status == 503)
        barrier.wait(for: 2)
        barrier.lift()
        #expect(try client.response()?.text == "/wait")
        #expect(try client.response()?.text == "/")
        client.end()
        #expect(server.isLeftAlone())
        #expect(server.drain())
        barrier.stop()
    }

    /// Each has its own time, however many are waiting behind it.
    @Test(arguments: ReplyPath.allCases)
    func countsTheTimeOfEachPipelinedRequestByItself(_ path: ReplyPath) throws {
        let pool = WorkerPool(name: "work", threads: 1, capacity: 10)
        var timeouts = timeouts
        // The tick may come between an answer and its way out: one second of that is no second.
        (timeouts.handling, timeouts.writeStall) = (4, 10)
        let server = try LiveServer(timeouts: timeouts, replyPath: path) { _ in
            await pool.perform { usleep(500_000) }
            return Response(status: .ok)
        }
        let client = try server.connect()
        client.send(String(repeating: get, count: 10))
        for _ in 0..<10 { #expect(try client.response()?.status == 200) }
        #expect(server.drain())
        pool.stop()
    }

    @Test(arguments: ReplyPath.allCases)
    func givesUpAClientThatTakesNothing(_ path: ReplyPath) throws {
        let large = [UInt8](repeating: 0x61, count: 16 << 20)
        let server = try LiveServer(timeouts: timeouts, replyPath: path) { _ in
            Response(status: .ok, body: large)
        }
        let client = try server.connect(receiveBuffer: 4_096)
        client.send(get)
        #expect(server.isBusy(with: 1))
        #expect(server.isLeftAlone())
        client.reset()
        #expect(server.drain())
    }

    // MARK: Too many

    @Test(arguments: ["total", "perAddress"])
    func answers503ToOneConnectionTooMany(_ limit: String) throws {
        var limits = ConnectionLimits()
        if limit == "total" { limits.total = 2 } else { limits.perAddress = 2 }
        let server = try LiveServer(loops: 2, connections: limits, respond: LiveServer.echo)
        var clients = [try server.connect(), try server.connect()]
        for client in clients { #expect(try client.ask(get)?.status == 200) }
        for _ in 0..<20 {
            let response = try #require(try server.connect().response())
            #expect(response.status == 503)
            #expect(response.value("connection") == "close")
        }
        clients.removeLast().reset()
        #expect(server.wait { $0.census.hasRoom(within: $0.settings.connections) })
        clients.append(try server.connect())
        for client in clients { #expect(try client.ask(get)?.status == 200) }
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func closesAConnectionAfterItsLastRequest(_ path: ReplyPath) throws {
        var limits = ConnectionLimits()
        limits.requests = 3
        let server = try LiveServer(connections: limits, replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        client.send(String(repeating: get, count: 5))
        #expect(try (0..<3).map { _ in try client.response()?.value("connection") } == [nil, nil, "close"])
        #expect(try client.isAtEnd())
        #expect(server.drain())
    }
}

extension ConnectionCensus {
    /// Whether one more from this machine would be welcome.
    fileprivate func hasRoom(within limits: ConnectionLimits) -> Bool {
        let address = PeerAddress.v4(0x7f00_0001)
        guard enter(address, within: limits) else { return false }
        leave(address)
        return true
    }
}
