import Glibc
import HTTP
import Synchronization
import Testing
import Workers

@testable import Server

/// Handlers that wait, and clients that do not.
@Suite(.serialized) struct ServerSuspensionTests {
    private static func currentThread() -> UInt {
        UInt(pthread_self())
    }

    @Test(arguments: ReplyPath.allCases)
    func resumesOnTheLoopItStartedOn(_ path: ReplyPath) throws {
        let pool = WorkerPool(name: "work", threads: 2, capacity: 1_000)
        let server = try LiveServer(loops: 2, replyPath: path) { _ in
            let before = Self.currentThread()
            var threads: Set<UInt> = [before]
            for _ in 0..<3 {
                let worker = await pool.perform { Self.currentThread() }
                if worker == before { return Response(status: .internalServerError) }
                threads.insert(Self.currentThread())
            }
            return Response(
                status: threads.count == 1 ? .ok : .internalServerError, body: Array(String(before).utf8))
        }
        var threads: Set<String> = []
        for _ in 0..<40 {
            let response = try #require(try server.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
            #expect(response.status == 200)
            threads.insert(response.text)
        }
        #expect(threads.count <= 2)
        #expect(server.drain())
        pool.stop()
    }

    private enum Leaving: CaseIterable {
        case finish, end, reset
    }

    /// The late answer has nobody to go to, and everything goes on.
    @Test(arguments: ReplyPath.allCases)
    func dropsTheAnswerToAClientThatLeft(_ path: ReplyPath) throws {
        for leaving in Leaving.allCases {
            let barrier = Barrier()
            let server = try LiveServer(replyPath: path) { request in
                if request.path == "/wait" { await barrier.pass() }
                return Response(status: .ok, body: [0x30])
            }
            let client = try server.connect()
            client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            barrier.wait(for: 1)
            switch leaving {
            case .finish: client.finish()
            case .end: client.end()
            case .reset: client.reset()
            }
            #expect(try server.isAlive())
            barrier.lift()
            if leaving == .finish {
                #expect(try client.response()?.status == 200)
                #expect(try client.response()?.status == 200)
                #expect(try client.isAtEnd())
            }
            #expect(server.isLeftAlone())
            #expect(try server.isAlive())
            #expect(server.drain())
            barrier.stop()
        }
    }

    @Test(arguments: ReplyPath.allCases)
    func servesManyConnectionsWithQuickAndSlowHandlers(_ path: ReplyPath) throws {
        let pool = WorkerPool(name: "work", threads: 2, capacity: 10_000)
        let server = try LiveServer(loops: 2, replyPath: path) { request in
            if request.path.hasSuffix("slow") { await pool.perform { usleep(200) } }
            return Response(status: .ok, body: Array(request.path.utf8))
        }
        let clients = try (0..<200).map { _ in try server.connect() }
        for round in 0..<5 {
            for (index, client) in clients.enumerated() {
                client.send(
                    "GET /\(round)/\(index)/slow HTTP/1.1\r\nHost: a\r\n\r\nGET /\(round)/\(index)/quick HTTP/1.1\r\nHost: a\r\n\r\n"
                )
            }
            for (index, client) in clients.enumerated() {
                #expect(try client.response()?.text == "/\(round)/\(index)/slow")
                #expect(try client.response()?.text == "/\(round)/\(index)/quick")
            }
        }
        #expect(server.isBusy(with: 0))
        #expect(server.drain())
        pool.stop()
    }

    /// Pipelined bytes lie in the gate, the next request is announced, and the connection is gone.
    @Test(arguments: ReplyPath.allCases)
    func survivesAResetBetweenPipelinedRequests(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let request = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
        for count in [1, 2, 40] {
            for tail in ["", "GET / HT", "BAD\r\n\r\n"] {
                for _ in 0..<10 {
                    let client = try server.connect()
                    client.send(String(repeating: request, count: count) + tail)
                    client.reset()
                }
            }
        }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    /// A connection, its request and its task are gone when it is closed: nothing holds the other.
    @Test(arguments: ReplyPath.allCases)
    func forgetsConnections(_ path: ReplyPath) throws {
        let pool = WorkerPool(name: "work", threads: 1, capacity: 1_000)
        let server = try LiveServer(replyPath: path) { request in
            if request.path == "/slow" { await pool.perform {} }
            return Response(status: .ok, body: [0x30])
        }
        let clients = try (0..<50).map { _ in try server.connect() }
        for client in clients {
            for target in ["/", "/slow"] {
                #expect(try client.ask("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 200)
            }
        }
        let seen = server.on(server.running.loops[0]) { http in
            http.connections.compactMap(\.self).map(WeakConnection.init)
        }
        #expect(seen.count == 50)
        #expect(seen.allSatisfy { $0.connection != nil })
        for (index, client) in clients.enumerated() {
            switch index % 4 {
            case 0: client.end()
            case 1: client.reset()
            case 2: client.send("BAD\r\n\r\n")
            default: client.send("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            if index % 4 >= 2 {
                _ = try client.rest()
                client.end()
            }
        }
        #expect(server.isLeftAlone())
        #expect(server.wait { _ in seen.allSatisfy { $0.connection == nil } })
        #expect(server.drain())
        pool.stop()
    }
}

private struct WeakConnection: Sendable {
    weak let connection: Connection?

    init(_ connection: Connection) {
        self.connection = connection
    }
}
