import HTTP
import Synchronization
import Testing

@testable import Server

/// What a well-behaved client sees.
@Suite(.serialized) struct ServerAnswerTests {
    @Test(arguments: ReplyPath.allCases)
    func answersOneRequestAfterAnother(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        for number in 0..<50 {
            let response = try #require(try client.ask("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"))
            #expect(response.statusLine == "HTTP/1.1 200 OK")
            #expect(response.text == "GET /\(number) ")
            #expect(response.value("connection") == nil)
        }
        let posted = try client.ask(
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        #expect(posted?.text == "POST /p hello")
        #expect(posted?.value("connection") == "close")
        #expect(try client.isAtEnd())
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func answersAThousandPipelinedRequestsInOrder(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        client.send((0..<1_000).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        for number in 0..<1_000 {
            #expect(try client.response()?.text == "GET /\(number) ")
        }
        #expect(server.drain())
        #expect(try client.isAtEnd())
    }

    @Test(arguments: ReplyPath.allCases)
    func answersEverythingThatCameBeforeAHalfClose(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        for count in [1, 2, 100] {
            let client = try server.connect()
            client.send((0..<count).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            client.finish()
            for number in 0..<count {
                #expect(try client.response()?.text == "GET /\(number) ")
            }
            #expect(try client.isAtEnd())
        }
        #expect(server.drain())
    }

    @Test func leavesARequestWithoutItsEndUnanswered() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        for text in [
            "", "GET", "GET / HTTP/1.1\r\nHost: a\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
        ] {
            let client = try server.connect()
            client.send(text)
            client.finish()
            #expect(try client.isAtEnd(), "\(text)")
        }
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func sendsNoContentToHeadAndWith204(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        client.send(
            "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        let head = try #require(try client.response(toHead: true))
        #expect(head.value("content-length") == "8")
        #expect(head.value("content-type") == "application/json")
        let empty = try #require(try client.response())
        #expect(empty.statusLine == "HTTP/1.1 204 No Content")
        #expect(empty.value("content-length") == nil)
        #expect(empty.value("content-type") == nil)
        #expect(empty.value("transfer-encoding") == nil)
        #expect(try client.response()?.text == "GET /y ")
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func keepsA10ConnectionOpenOnlyWhenAsked(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        for _ in 0..<2 {
            let kept = try #require(try client.ask("GET /k HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"))
            #expect(kept.statusLine == "HTTP/1.1 200 OK")
            #expect(kept.value("connection") == "keep-alive")
            #expect(kept.value("content-length") == "7")
        }
        let last = try #require(try client.ask("GET /l HTTP/1.0\r\n\r\n"))
        #expect(last.value("connection") == "close")
        #expect(try client.isAtEnd())
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func saysGoOnBeforeTheBody(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, respond: LiveServer.echo)
        let client = try server.connect()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        for _ in 0..<2 {
            client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + head)
            #expect(try client.response()?.text == "GET /first ")
            let interim = try #require(try client.response())
            #expect(interim.statusLine == "HTTP/1.1 100 Continue")
            #expect(interim.fields == [""] || interim.fields.isEmpty)
            #expect(try client.ask("abc")?.text == "POST / abc")
        }
        #expect(server.drain())
    }

    /// The library may add nothing that the fast path does not have, and the other way round.
    @Test func answersAlikeOnBothReplyPaths() throws {
        let respond: @Sendable (Request) async -> Response = { request in
            switch request.path {
            case "/found": Response(status: .found, fields: [ResponseField("Location", "/")])
            case "/cookie":
                Response(
                    status: .ok,
                    fields: [ResponseField("Set-Cookie", "a=1"), ResponseField("Set-Cookie", "b=2")],
                    body: [0x30])
            case "/last": Response(status: .ok, body: [0x30], closesConnection: true)
            default: await LiveServer.echo(request)
            }
        }
        let requests = [
            "GET / HTTP/1.1", "HEAD / HTTP/1.1", "GET /empty HTTP/1.1", "HEAD /empty HTTP/1.1",
            "GET /found HTTP/1.1", "GET /cookie HTTP/1.1",
            "GET / HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive",
            "GET / HTTP/1.1\r\nConnection: close",
            "GET /last HTTP/1.1", "BREW / HTTP/1.1", "HEAD /\u{1} HTTP/1.1",
            "POST / HTTP/1.1\r\nContent-Length: 99999999", "DELETE / HTTP/1.1",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0",
        ]
        let fast = try LiveServer(replyPath: .fast, respond: respond)
        let library = try LiveServer(replyPath: .library, respond: respond)
        for request in requests {
            let text = request.replacingFirstLineEnd(with: "\r\nHost: a\r\n") + "\r\n\r\n"
            let clients = (try fast.connect(), try library.connect())
            let answers = (try #require(try clients.0.ask(text)), try #require(try clients.1.ask(text)))
            #expect(answers.0.statusLine.prefix(12) == answers.1.statusLine.prefix(12), "\(request)")
            #expect(answers.0.names == answers.1.names, "\(request)")
            #expect(answers.0.body == answers.1.body, "\(request)")
            for name in ["connection", "content-length", "content-type", "location"] {
                #expect(answers.0.value(name) == answers.1.value(name), "\(request)")
            }
            if answers.0.value("connection") == "close" {
                #expect(try clients.0.isAtEnd(), "\(request)")
                #expect(try clients.1.isAtEnd(), "\(request)")
            } else {
                #expect(
                    try clients.0.ask("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")?.text == "GET /next ",
                    "\(request)")
                #expect(
                    try clients.1.ask("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")?.text == "GET /next ",
                    "\(request)")
            }
        }
        #expect(fast.drain())
        #expect(library.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func leavesOutAFieldThatCouldSplitTheAnswer(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path) { _ in
            Response(
                status: .ok,
                fields: [
                    ResponseField("X-A", "a\r\nX-Evil: 1"), ResponseField("X-B", "b\n"),
                    ResponseField("X-C", "c\u{0}"), ResponseField("X-D", "d\r"),
                    ResponseField("X-E", "e\u{7f}"), ResponseField("X-F\r\nX-Evil", "f"),
                    ResponseField("X-G:x", "g"), ResponseField("", "h"),
                    ResponseField("X-Tab", "a\tb"), ResponseField("X-Good", "é, b"),
                ], body: [0x30])
        }
        let response = try #require(try server.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        #expect(
            response.names.filter { $0.hasPrefix("x-") } == [
                "x-content-type-options", "x-good", "x-request-id",
            ])
        #expect(!response.names.contains(""))
        #expect(response.value("x-good") == "é, b")
        #expect(server.drain())
    }

    @Test func givesEveryRequestItsOwnNumber() throws {
        let seen = Mutex<Set<String>>([])
        let server = try LiveServer(loops: 2) { request in
            seen.withLock { _ = $0.insert(request.id.description) }
            return Response(status: .ok)
        }
        var sent: Set<String> = []
        for _ in 0..<20 {
            let client = try server.connect()
            for text in [
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "BAD\r\n\r\n",
            ] {
                sent.insert(try #require(try client.ask(text)?.value("x-request-id")))
            }
        }
        #expect(sent.count == 60)
        #expect(sent.allSatisfy { $0.count == 16 && $0.allSatisfy(\.isHexDigit) })
        #expect(seen.withLock { $0.isSubset(of: sent) && $0.count == 40 })
        #expect(server.drain())
    }

    @Test func knowsThePeer() throws {
        let server = try LiveServer { Response(status: .ok, body: Array($0.peer.description.utf8)) }
        #expect(try server.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.text == "127.0.0.1")
        #expect(server.drain())
    }
}

extension String {
    fileprivate func replacingFirstLineEnd(with text: String) -> String {
        guard let end = firstIndex(of: "\r\n") else { return self + text.dropLast() }
        return self[..<end] + text + self[index(after: end)...]
    }
}
