import Glibc
import HTTP
import Synchronization
import Testing
import Workers

@testable import Server

/// Clients that send and take as no ordinary one does, over a plain socket.
@Suite(.serialized) struct PlainSocketTests {
    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n" }

    /// A server whose answers to `/wait` are held up by the barrier.
    private func serve(_ barrier: Barrier) throws -> LiveServer {
        try LiveServer { request in
            if request.path.hasPrefix("/wait") { await barrier.pass() }
            return Response(status: .ok, body: Array(request.path.utf8))
        }
    }

    /// Whether the loop comes to look, or not to look, at what the only client sends.
    private func comesToWatch(_ isWatched: Bool, _ server: LiveServer) -> Bool {
        server.wait { http in
            http.connections.compactMap(\.self).allSatisfy { $0.plain?.isWatched == isWatched }
        }
    }

    // MARK: Input behind a slow answer

    private enum Sequel: CaseIterable {
        case finish, request, half, finishedRequest
    }

    /// The kernel would report it again and again.
    @Test func looksAwayWhenInputComesBehindASlowAnswer() throws {
        for sequel in Sequel.allCases {
            let barrier = Barrier()
            let server = try serve(barrier)
            let client = try server.connect()
            client.send(get("/wait"))
            barrier.wait(for: 1)
            #expect(comesToWatch(true, server))
            switch sequel {
            case .finish: client.finish()
            case .request: client.send(get("/next"))
            case .half: client.send("GET /next HTTP")
            case .finishedRequest:
                client.send(get("/next"))
                client.finish()
            }
            #expect(comesToWatch(false, server), "\(sequel)")
            barrier.lift()
            #expect(try client.response()?.text == "/wait", "\(sequel)")
            if sequel == .half { client.send("/1.1\r\nHost: a\r\n\r\n") }
            if sequel != .finish { #expect(try client.response()?.text == "/next", "\(sequel)") }
            if sequel == .finish || sequel == .finishedRequest {
                #expect(try client.isAtEnd())
            } else {
                #expect(comesToWatch(true, server))
            }
            client.end()
            #expect(server.isLeftAlone())
            #expect(server.drain())
            barrier.stop()
        }
    }

    /// The loop learns of it with the answer, which nobody takes.
    @Test func aResetBehindASlowAnswerEndsTheConnection() throws {
        let barrier = Barrier()
        let server = try serve(barrier)
        let client = try server.connect()
        client.send(get("/wait"))
        barrier.wait(for: 1)
        client.reset()
        #expect(comesToWatch(false, server))
        barrier.lift()
        #expect(server.isLeftAlone())
        #expect(server.drain())
        barrier.stop()
    }

    @Test func readsNothingAheadBehindASlowAnswer() throws {
        let barrier = Barrier()
        let server = try serve(barrier)
        let client = try server.connect()
        client.send(get("/wait"))
        barrier.wait(for: 1)
        let requests = Array(String(repeating: get("/"), count: 10_000).utf8)
        var taken = 0
        for _ in 0..<100 {
            taken += client.push(requests)
            #expect(try server.isAlive())
        }
        // What the buffers of the kernel hold, of the 29 MB that were offered.
        #expect(taken < 16 << 20)
        client.reset()
        barrier.lift()
        #expect(server.isLeftAlone())
        #expect(server.drain())
        barrier.stop()
    }

    @Test func saysGoOnOnlyAfterTheAnswersBefore() throws {
        let barrier = Barrier()
        let server = try serve(barrier)
        let client = try server.connect()
        client.send(get("/wait"))
        barrier.wait(for: 1)
        client.send("POST /body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(comesToWatch(false, server))
        barrier.lift()
        #expect(try client.response()?.text == "/wait")
        #expect(try client.response()?.status == 100)
        client.send("abc")
        #expect(try client.response()?.text == "/body")
        #expect(server.drain())
        barrier.stop()
    }

    // MARK: Many requests at once

    /// Of some, every answer or every third comes later; the stack of the loop is one mebibyte.
    @Test(arguments: [Int.max, 3, 1])
    func answersThousandsOfPipelinedRequestsInOrder(slow: Int) throws {
        let pool = WorkerPool(name: "work", threads: 1, capacity: 10)
        let server = try LiveServer(reply: { request in
            let response = Response(status: .ok, body: Array(request.path.utf8))
            let isSlow = Int(request.path.dropFirst()).map { $0 % slow == slow - 1 } ?? false
            guard isSlow else { return .ready(response) }
            return .pending(route: 0) {
                await pool.perform {}
                return response
            }
        })
        let client = try server.connect()
        for round in 0..<5 {
            let numbers = round * 1_000..<(round + 1) * 1_000
            client.send(numbers.map { get("/\($0)") }.joined())
            for number in numbers { try #require(try client.response()?.text == "/\(number)") }
        }
        #expect(server.drain())
        pool.stop()
    }

    /// The other's request is there before the first of hundreds has been answered.
    @Test func othersHaveTheirTurnBetweenPipelinedRequests() throws {
        let order = Mutex<[String]>([])
        let (isAsked, mayGoOn) = (Monitor(false), Monitor(false))
        let server = try LiveServer(reply: { request in
            if request.path == "/first" {
                isAsked.withLock { $0 = true }
                isAsked.notifyAll()
                // On the loop's thread: nothing else goes on.
                _ = mayGoOn.wait { $0 ? true : nil }
            }
            order.withLock { $0.append(request.path) }
            return .ready(Response(status: .ok))
        })
        let (greedy, other) = (try server.connect(), try server.connect())
        #expect(try other.ask(get("/before"))?.status == 200)
        greedy.send(get("/first") + String(repeating: get("/more"), count: 300))
        _ = isAsked.wait { $0 ? true : nil }
        other.send(get("/other"))
        mayGoOn.withLock { $0 = true }
        mayGoOn.notifyAll()
        for _ in 0..<301 { #expect(try greedy.response()?.status == 200) }
        #expect(try other.response()?.status == 200)
        let place = try #require(order.withLock { $0.firstIndex(of: "/other") })
        #expect(place <= 2 * 8 + 1)
        #expect(server.drain())
    }

    /// At the number that one turn answers, one below and one past it.
    @Test(arguments: [7, 8, 9, 15, 16, 17, 400])
    func theEndOfInputWaitsForEveryAnswerBefore(count: Int) throws {
        let server = try LiveServer(respond: LiveServer.echo)
        for half in ["", "GET / HTTP"] {
            let client = try server.connect()
            client.send(String(repeating: get("/"), count: count) + half)
            client.finish()
            for _ in 0..<count { try #require(try client.response()?.status == 200) }
            #expect(try client.isAtEnd())
        }
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    /// No sooner is its next turn due than the client has left.
    @Test func aClientMayLeaveBetweenTwoTurns() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        for count in [8, 9, 200] {
            for _ in 0..<20 {
                let client = try server.connect()
                client.send(String(repeating: get("/"), count: count))
                client.reset()
            }
        }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    @Test func closesInTheMiddleOfPipelinedRequests() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        for last in ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
            let client = try server.connect()
            client.send(String(repeating: get("/"), count: 20) + last + get("/never"))
            for _ in 0..<20 { #expect(try client.response()?.value("connection") == nil) }
            #expect(try client.response()?.value("connection") == "close")
            #expect(try client.isAtEnd())
        }
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    // MARK: Small and large pieces

    @Test func answersWhatComesOctetByOctet() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        let client = try server.connect()
        let chunked = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        for (text, answer) in [(get("/"), "GET / "), (chunked, "POST /c abc"), (get("/e"), "GET /e ")] {
            for octet in text.utf8 { client.send([octet]) }
            #expect(try client.response()?.text == answer)
        }
        #expect(server.drain())
    }

    /// One octet less, as many, and one more than one read takes.
    @Test(arguments: [-1, 0, 1])
    func aRequestMayBeAsLongAsOneRead(more: Int) throws {
        let server = try LiveServer(respond: LiveServer.echo)
        let client = try server.connect()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\nX: "
        let filler = String(repeating: "x", count: 16_384 + more - 16_000 - head.utf8.count - 4)
        let request = head + filler + "\r\n\r\n" + String(repeating: "b", count: 16_000)
        #expect(request.utf8.count == 16_384 + more)
        for _ in 0..<3 { #expect(try client.ask(request)?.body.count == "POST / ".count + 16_000) }
        #expect(server.drain())
    }

    /// Each is taken in parts, and the next begins where the one before ends.
    @Test func writesManyLargeAnswersInOrderToASlowReader() throws {
        let content = [UInt8](repeating: 0x61, count: 300_000)
        let server = try LiveServer { request in
            Response(status: .ok, body: Array(request.path.utf8) + content)
        }
        let client = try server.connect(receiveBuffer: 4_096)
        client.send((0..<40).map { get("/\($0)") }.joined())
        client.finish()
        for number in 0..<40 {
            #expect(try client.response()?.body == Array("/\(number)".utf8) + content)
        }
        #expect(try client.isAtEnd())
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }

    // MARK: Descriptors

    private enum Ending: CaseIterable {
        case closed, version10, refused
    }

    /// A socket that was only shut down would take another octet and say nothing.
    @Test func theDescriptorIsClosedHoweverAConnectionEnds() throws {
        let server = try LiveServer(respond: LiveServer.echo)
        for ending in Ending.allCases {
            let client = try server.connect()
            switch ending {
            case .closed: client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            case .version10: client.send("GET / HTTP/1.0\r\n\r\n")
            case .refused: client.send("BAD\r\n\r\n")
            }
            #expect(try client.response() != nil)
            #expect(try client.isAtEnd())
            #expect(server.isLeftAlone())
            // The first is answered with a reset.
            let deadline = ContinuousClock.now + .seconds(10)
            while client.send([0x61]), ContinuousClock.now < deadline {}
            #expect(!client.send([0x61]), "\(ending)")
        }
        #expect(server.drain())
    }

    /// In one turn of the loop connections end and others get their descriptors.
    @Test func descriptorsAreUsedAgainInTheSameTurn() throws {
        let (isAsked, mayGoOn) = (Monitor(0), Monitor(0))
        let server = try LiveServer { request in
            if request.path == "/hold" {
                let turn = isAsked.withLock {
                    $0 += 1
                    return $0
                }
                isAsked.notifyAll()
                // On the loop's thread: what happens meanwhile it finds all at once.
                _ = mayGoOn.wait { $0 >= turn ? true : nil }
            }
            return Response(status: .ok, body: Array(request.path.utf8))
        }
        let holder = try server.connect()
        var clients: [RawClient] = []
        for turn in 1...20 {
            holder.send(get("/hold"))
            _ = isAsked.wait { $0 == turn ? true : nil }
            for (index, client) in clients.enumerated() {
                if index % 3 == 0 { client.send("BAD\r\n\r\n") } else { client.reset() }
            }
            clients = try (0..<30).map { _ in try server.connect() }
            for client in clients { client.send(get("/one")) }
            mayGoOn.withLock { $0 = turn }
            mayGoOn.notifyAll()
            #expect(try holder.response()?.text == "/hold")
            for client in clients { #expect(try client.response()?.text == "/one") }
            for client in clients { #expect(try client.ask(get("/two"))?.text == "/two") }
        }
        for client in clients + [holder] { client.reset() }
        #expect(server.isLeftAlone())
        #expect(server.drain())
    }
}
