import HTTP
import Testing

@testable import Server

/// Answers that wait for nothing, which evhttp gets in the middle of its own call.
@Suite(.serialized) struct ServerImmediateAnswerTests {
    private static func echo(_ request: Request) -> Response {
        Response(status: .ok, body: Array(request.path.utf8))
    }

    /// One after another, and not one inside another: the stack would not hold them.
    @Test(arguments: ReplyPath.allCases)
    func answersTwentyThousandPipelinedRequestsInOrder(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, reply: { .ready(Self.echo($0)) })
        let client = try server.connect()
        let count = 20_000
        for start in stride(from: 0, to: count, by: 500) {
            let numbers = start..<start + 500
            client.send(numbers.map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for number in numbers { #expect(try client.response()?.text == "/\(number)") }
        }
        #expect(server.drain())
    }

    @Test(arguments: ReplyPath.allCases)
    func keepsTheOrderBehindAnAnswerThatWaits(_ path: ReplyPath) throws {
        let barrier = Barrier()
        let server = try LiveServer(
            replyPath: path,
            reply: { request in
                guard request.path == "/wait" else { return .ready(Self.echo(request)) }
                let answer = Self.echo(request)
                return .pending(route: 0) {
                    await barrier.pass()
                    return answer
                }
            })
        let client = try server.connect()
        client.send(
            ["/1", "/wait", "/2", "/3"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        #expect(try client.response()?.text == "/1")
        barrier.wait(for: 1)
        // Another connection of the same loop does not stand in the queue.
        #expect(try server.isAlive())
        barrier.lift()
        for path in ["/wait", "/2", "/3"] { #expect(try client.response()?.text == path) }
        #expect(server.drain())
        barrier.stop()
    }

    @Test(arguments: ReplyPath.allCases)
    func closesWhenItIsAskedTo(_ path: ReplyPath) throws {
        let server = try LiveServer(replyPath: path, reply: { .ready(Self.echo($0)) })
        let client = try server.connect()
        client.send(
            "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.response()?.text == "/a")
        #expect(try client.isAtEnd())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    /// More than the kernel takes at once: the next request waits until the client has it all.
    @Test(arguments: ReplyPath.allCases)
    func finishesALargeAnswerBeforeTheNext(_ path: ReplyPath) throws {
        let large = [UInt8](repeating: 0x61, count: 8 << 20)
        let server = try LiveServer(
            replyPath: path,
            reply: { .ready($0.path == "/large" ? Response(status: .ok, body: large) : Self.echo($0)) })
        let client = try server.connect(receiveBuffer: 4_096)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(server.isBusy(with: 1))
        #expect(try client.response()?.body == large)
        #expect(try client.response()?.text == "/next")
        #expect(server.drain())
    }
}
