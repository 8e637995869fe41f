import HTTP
import Synchronization
import Testing
import Workers

@testable import Server

/// Other settings for a server that runs.
@Suite struct ServerLiveSettingsTests {
    private func settings(_ text: String, body: Int = 65_536) -> LiveSettings {
        var limits = RequestLimits()
        limits.body = body
        return LiveSettings(
            responder: Responder(
                respond: { _ in Response(status: .ok, body: Array(text.utf8)) },
                refuse: { refusal, _, _ in Response(status: refusal.status, body: Array(text.utf8)) }),
            limits: limits, timeouts: Timeouts(), connections: ConnectionLimits(), tls: nil, hsts: 0,
            drainTimeout: .seconds(10))
    }

    private let ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: ReplyPath.allCases)
    func holdForTheNextRequestOfOpenConnectionsOnEveryLoop(_ path: ReplyPath) throws {
        let server = try LiveServer(loops: 4, replyPath: path) { _ in Response(status: .ok, body: [0x30]) }
        let clients = try (0..<40).map { _ in try server.connect() }
        for client in clients { #expect(try client.ask(ask)?.text == "0") }
        for number in 1...20 {
            server.running.adopt(settings("n\(number)"))
            for client in clients { #expect(try client.ask(ask)?.text == "n\(number)") }
        }
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func aRequestInFlightEndsAsItBegan(_ path: ReplyPath) throws {
        let barrier = Barrier()
        let server = try LiveServer(replyPath: path) { _ in
            await barrier.pass()
            return Response(status: .ok, body: [0x30])
        }
        let client = try server.connect()
        client.send(ask)
        barrier.wait(for: 1)
        server.running.adopt(settings("new", body: 1))
        barrier.lift()
        #expect(try client.response()?.text == "0")
        #expect(try client.ask(ask)?.text == "new")
        let refused = try client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        #expect(refused?.status == 413 && refused?.text == "new")
        #expect(server.drain())
        barrier.stop()
    }

    @Test func theDrainTimeoutIsTheNewOne() throws {
        let barrier = Barrier()
        let server = try LiveServer { _ in
            await barrier.pass()
            return Response(status: .ok)
        }
        let client = try server.connect()
        client.send(ask)
        barrier.wait(for: 1)
        var short = settings("")
        short.drainTimeout = .zero
        server.running.adopt(short)
        #expect(!server.drain())
        barrier.lift()
        barrier.stop()
    }
}
