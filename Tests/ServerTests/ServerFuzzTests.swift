import HTTP
import TestSupport
import Testing
import Workers

@testable import Server

/// Thousands of connections that behave as badly as they can; afterwards the server answers as before.
@Suite(.serialized) struct ServerFuzzTests {
    private static let samples: [[UInt8]] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "HEAD /slow HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "GET / HTTP/1.0\r\n\r\n",
        "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "BAD\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
            + String(repeating: "x", count: 20_000), "\r\n",
    ].map { Array($0.utf8) }

    @Test(arguments: ReplyPath.allCases)
    func answersAfterThousandsOfBadClients(_ path: ReplyPath) throws {
        let pool = WorkerPool(name: "work", threads: 1, capacity: 10_000)
        let large = [UInt8](repeating: 0x61, count: 1 << 20)
        let server = try LiveServer(loops: 2, replyPath: path) { request in
            if request.path == "/slow" { await pool.perform {} }
            return Response(status: .ok, body: request.path == "/large" ? large : request.body)
        }
        var generator = SplitMix(seed: 2_025)
        var open: [RawClient] = []
        for round in 0..<2_000 {
            let client = try server.connect()
            var octets: [UInt8] = []
            for _ in 0...Int.random(in: 0...4, using: &generator) {
                octets += Self.samples.randomElement(using: &generator) ?? []
            }
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: octets.removeLast(Int.random(in: 0...octets.count, using: &generator))
            case 1:
                octets = (0..<Int.random(in: 1...600, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            case 2:
                octets[Int.random(in: 0..<octets.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            default: break
            }
            var rest = octets[...]
            while !rest.isEmpty {
                let piece = rest.prefix(
                    Bool.random(using: &generator) ? rest.count : Int.random(in: 1...40, using: &generator))
                guard client.send(piece) else { break }
                rest = rest.dropFirst(piece.count)
                if Int.random(in: 0..<50, using: &generator) == 0 { break }
            }
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: client.reset()
            case 1: client.end()
            case 2:
                client.finish()
                open.append(client)
            case 3:
                client.finish()
                client.readOn()
            default: open.append(client)
            }
            if open.count > 50 { open.remove(at: Int.random(in: 0..<open.count, using: &generator)).reset() }
            if round % 250 == 0 { #expect(try server.isAlive()) }
        }
        for client in open { client.reset() }
        #expect(try server.isAlive())
        #expect(server.isLeftAlone())
        #expect(server.drain())
        pool.stop()
    }
}
