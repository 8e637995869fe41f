import HTTP
import Testing

@testable import Server

/// An answer that no socket buffer holds.
@Suite(.serialized) struct ServerLargeAnswerTests {
    /// Eight million octets with a period that no buffer has.
    private static let content: [UInt8] = {
        var content = (0..<251).map { UInt8($0) }
        while content.count < 8_000_000 { content += content }
        return content
    }()

    private func serve(_ path: ReplyPath) throws -> LiveServer {
        try LiveServer(replyPath: path) { request in
            request.path == "/large"
                ? Response(status: .ok, body: Self.content) : Response(status: .ok, body: [0x30])
        }
    }

    private let ask = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: ReplyPath.allCases)
    func arrivesWholeAtASlowReader(_ path: ReplyPath) throws {
        let server = try serve(path)
        let client = try server.connect(receiveBuffer: 4_096)
        client.send(ask + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        // Others are served meanwhile.
        #expect(try server.isAlive())
        #expect(try client.response()?.body == Self.content)
        #expect(try client.response()?.text == "0")
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func arrivesWholeAtAReaderThatHalfCloses(_ path: ReplyPath) throws {
        let server = try serve(path)
        for text in [
            ask, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /large HTTP/1.0\r\n\r\n",
        ] {
            let client = try server.connect(receiveBuffer: 4_096)
            client.send(text)
            client.finish()
            #expect(try client.response()?.body == Self.content)
            #expect(try client.isAtEnd())
        }
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func isGivenUpWhenTheReaderResets(_ path: ReplyPath) throws {
        let server = try serve(path)
        for _ in 0..<10 {
            let client = try server.connect(receiveBuffer: 4_096)
            client.send(ask + ask)
            #expect(try !client.receive(1_000).isEmpty)
            client.reset()
        }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    /// What a client sends while it does not read its answer stays in the kernel's buffers.
    @Test(arguments: ReplyPath.allCases)
    func letsNothingInWhileItIsWritten(_ path: ReplyPath) throws {
        let server = try serve(path)
        let client = try server.connect(receiveBuffer: 4_096)
        client.send(ask)
        #expect(try !client.receive(1_000).isEmpty)
        let more = [UInt8](repeating: 0x61, count: 1 << 20)
        var taken = 0
        for _ in 0..<64 {
            taken += client.push(more)
            #expect(try server.isAlive())
        }
        #expect(taken < 32 << 20)
        client.reset()
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }
}
