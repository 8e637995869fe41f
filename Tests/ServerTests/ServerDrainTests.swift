import Glibc
import HTTP
import Synchronization
import Testing
import Workers

@testable import Server

/// The end of a server: nothing that was asked is lost, and nobody is waited for without end.
@Suite(.serialized) struct ServerDrainTests {
    /// Runs `drain` beside the test.
    private func draining(_ server: LiveServer) -> Monitor<Bool?> {
        let result = Monitor<Bool?>(nil)
        let thread = WorkerThread.start(name: "drain") {
            let value = server.drain()
            result.withLock { $0 = value }
            result.notifyAll()
        }
        withExtendedLifetime(thread) {}
        return result
    }

    @Test(arguments: ReplyPath.allCases)
    func answersWhatWasAskedAndClosesTheRest(_ path: ReplyPath) throws {
        let barrier = Barrier()
        let server = try LiveServer(replyPath: path) { request in
            if request.path == "/wait" { await barrier.pass() }
            return Response(status: .ok, body: [0x30])
        }
        let idle = try server.connect()
        #expect(try idle.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.value("connection") == nil)
        let silent = try server.connect()
        let busy = try server.connect()
        busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        barrier.wait(for: 1)
        let result = draining(server)
        #expect(try idle.isAtEnd())
        #expect(try silent.isAtEnd())
        barrier.lift()
        let last = try #require(try busy.response())
        #expect(last.text == "0")
        #expect(last.value("connection") == "close")
        #expect(try busy.isAtEnd())
        #expect(result.wait { $0 })
        #expect(throws: RawClient.Failure.self) { try server.connect() }
        barrier.stop()
    }

    /// The loop is busy while they come: some wait to be accepted, some on connections that looked idle.
    @Test(arguments: ReplyPath.allCases)
    func answersWhatTheKernelHasReceived(_ path: ReplyPath) throws {
        let entered = Monitor(false)
        let open = Monitor(false)
        let server = try LiveServer(replyPath: path) { request in
            if request.path == "/block" {
                entered.withLock { $0 = true }
                entered.notifyAll()
                _ = open.wait { $0 ? true : nil }
            }
            return Response(status: .ok, body: [0x30])
        }
        let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let known = try (0..<50).map { _ in try server.connect() }
        for client in known { #expect(try client.ask(get)?.status == 200) }
        let blocking = try server.connect()
        blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = entered.wait { $0 ? true : nil }
        let clients = try known + [blocking] + (0..<50).map { _ in try server.connect() }
        for client in clients where client !== blocking { client.send(get) }
        let result = draining(server)
        while !server.running.loops[0].isDraining.load(ordering: .relaxed) { sched_yield() }
        open.withLock { $0 = true }
        open.notifyAll()
        for client in clients {
            let response = try #require(try client.response())
            #expect(response.status == 200)
            #expect(response.value("connection") == "close")
            #expect(try client.isAtEnd())
        }
        #expect(result.wait { $0 })
    }

    @Test func writesALargeAnswerToItsEnd() throws {
        let content = [UInt8](repeating: 0x61, count: 4 << 20)
        let server = try LiveServer { _ in Response(status: .ok, body: content) }
        let client = try server.connect(receiveBuffer: 4_096)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(server.isBusy(with: 1))
        let result = draining(server)
        #expect(try client.response()?.body == content)
        #expect(try client.isAtEnd())
        #expect(result.wait { $0 })
    }

    /// The handler comes back when loop, server and connection are gone.
    @Test(arguments: ReplyPath.allCases)
    func givesUpAfterTheTimeout(_ path: ReplyPath) throws {
        let barrier = Barrier()
        var server: LiveServer? = try LiveServer(replyPath: path, drainTimeout: .milliseconds(50)) { _ in
            await barrier.pass()
            return Response(status: .ok)
        }
        let client = try #require(try server?.connect())
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        barrier.wait(for: 1)
        #expect(server?.drain() == false)
        #expect(try client.isAtEnd())
        server = nil
        barrier.lift()
        barrier.stop()
    }

    @Test func givesUpAReaderThatDoesNotRead() throws {
        let content = [UInt8](repeating: 0x61, count: 8 << 20)
        var server: LiveServer? = try LiveServer(drainTimeout: .milliseconds(50)) { _ in
            Response(status: .ok, body: content)
        }
        let client = try #require(try server?.connect(receiveBuffer: 4_096))
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(server?.isBusy(with: 1) == true)
        #expect(server?.drain() == false)
        server = nil
    }

    /// A request without its end is no request: it holds nothing up, and its connection ends with the server.
    @Test(arguments: [
        "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "BAD\r\n\r\n",
    ])
    func endsConnectionsInTheMiddleOfARequest(_ text: String) throws {
        var server: LiveServer? = try LiveServer(respond: LiveServer.echo)
        let client = try #require(try server?.connect())
        client.send(text)
        #expect(server?.wait { $0.connections.contains { $0?.isIdle == false } } == true)
        #expect(server?.drain() == true)
        server = nil
        if text.hasPrefix("BAD") { #expect(try client.response()?.status == 400) }
        #expect(try client.isAtEnd())
    }

    /// Idle, half asked, suspended, being written, lingering: an end may come at any time, the answer after it.
    @Test(arguments: ReplyPath.allCases)
    func endsAConnectionInEveryState(_ path: ReplyPath) throws {
        let barrier = Barrier()
        let content = [UInt8](repeating: 0x61, count: 8 << 20)
        let server = try LiveServer(replyPath: path) { request in
            if request.path == "/wait" { await barrier.pass() }
            return Response(status: .ok, body: request.path == "/large" ? content : [0x30])
        }
        let texts = [
            "", "GET / HT", "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
            "BAD\r\n\r\n",
        ]
        let clients = try texts.map { text in
            let client = try server.connect(receiveBuffer: 4_096)
            client.send(text)
            return client
        }
        barrier.wait(for: 1)
        #expect(try clients[4].response()?.status == 400)
        #expect(
            server.wait {
                $0.connections.compactMap(\.self).count >= 4 && $0.busy.load(ordering: .relaxed) >= 2
            })
        server.on(server.running.loops[0]) { $0.endConnections() }
        #expect(server.isLeftAlone())
        barrier.lift()
        for client in clients[..<3] { #expect(try client.isAtEnd()) }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
        barrier.stop()
    }

    @Test func endsWithoutHavingBeenStarted() throws {
        let configuration = ServerConfiguration(
            addresses: try ListeningAddress.resolve(host: "127.0.0.1", port: 0))
        let responder = Responder(
            respond: LiveServer.echo, refuse: { refusal, _, _ in Response(status: refusal.status) })
        var server: Server? = try Server(configuration, responder: responder)
        let address = try #require(server?.addresses.first)
        let client = try RawClient(address)
        server = nil
        #expect(throws: RawClient.Failure.self) { try RawClient(address) }
        client.end()
    }
}
