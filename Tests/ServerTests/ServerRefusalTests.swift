import HTTP
import Testing

@testable import Server

/// A refused client gets its answer, whatever it is still sending.
@Suite(.serialized) struct ServerRefusalTests {
    @Test(arguments: ReplyPath.allCases)
    func saysWhyAndCloses(_ path: ReplyPath) throws {
        // Small limits: nothing is left unread when the connection closes, which only the fast path takes care of.
        var limits = RequestLimits()
        (limits.requestLine, limits.fieldBytes) = (1_000, 2_000)
        let server = try LiveServer(limits: limits, replyPath: path, respond: LiveServer.echo)
        let cases = [
            ("BAD\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
            ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("GET / HTTP/2.0\r\n\r\n", 505),
            ("GET /" + String(repeating: "a", count: 1_500), 414),
            ("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 2_500), 431),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417), ("HEAD / HTTP/1.1\r\n\r\n", 400),
        ]
        for (text, status) in cases {
            let client = try server.connect()
            let before = "GET /before HTTP/1.1\r\nHost: a\r\n\r\n"
            client.send(before + text)
            #expect(try client.response()?.text == "GET /before ")
            let response = try #require(try client.response(toHead: text.hasPrefix("HEAD")))
            #expect(response.status == status)
            #expect(response.value("connection") == "close")
            #expect(try client.isAtEnd(), "\(status)")
        }
        #expect(try server.isAlive())
        #expect(server.drain())
    }

    /// Without lingering the kernel resets the connection, and the client cannot send on, or even read its answer.
    @Test func letsAnUploadReadThatItIsTooLarge() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        let upload = [UInt8](repeating: 0x61, count: 1 << 20)
        for head in [
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n", "GET /",
        ] {
            for _ in 0..<5 {
                let client = try server.connect()
                #expect(client.send(Array(head.utf8) + upload.prefix(100_000)))
                let response = try #require(try client.response())
                #expect(response.status == (head == "GET /" ? 414 : 413))
                #expect(client.send(upload))
                #expect(try client.isAtEnd())
            }
        }
        #expect(server.drain())
    }

    @Test func doesNotWaitForEverForAClientThatGoesOnSending() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        let client = try server.connect()
        client.send("BAD\r\n\r\n")
        #expect(try client.response()?.status == 400)
        let start = ContinuousClock.now
        while client.send("x"), ContinuousClock.now < start + .seconds(10) {}
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func survivesARefusedClientThatLeaves(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        for number in 0..<30 {
            let client = try server.connect()
            client.send("BAD\r\n\r\n" + String(repeating: "x", count: number * 1_000))
            switch number % 3 {
            case 0: client.reset()
            case 1: client.end()
            default: client.finish()
            }
        }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }
}
