import Glibc
import Testing

@testable import HTTP

/// What a client can make the gate hold, and how often the gate looks at it.
@Suite struct RequestGateMemoryTests {
    @Test func givesItsMemoryBackAfterARequest() {
        var run = RequestGateRun(.get("Cookie: " + String(repeating: "a", count: 8_000)))
        #expect(run.requests.count == 1)
        #expect(run.held == 0)
        run.receive(String.post("Content-Length: 60000").utf8)
        run.receive([UInt8](repeating: 0x61, count: 60_000))
        #expect(run.requests.count == 2)
        #expect(run.held == 0)
    }

    /// A client that always ends a segment inside a request must not make the buffer of its connection grow.
    @Test(arguments: [10, 17, 28, 36, 51, 1_000, 4_099])
    func doesNotGrowOverManyPipelinedRequests(_ size: Int) {
        let request = Array(String.get("Cookie: a=1").utf8)
        var gate = RequestGate(limits: RequestLimits())
        var pending: [UInt8] = []
        var complete = 0
        var largest = 0
        for _ in 0..<20_000 {
            pending += request
            while pending.count >= size {
                gate.receive(Array(pending.prefix(size)))
                pending.removeFirst(size)
                while case .complete = gate.next() { complete += 1 }
                largest = max(largest, gate.buffer.capacity)
            }
        }
        #expect(complete >= 20_000 - 1 - size / request.count)
        #expect(largest <= 4 * (size + request.count))
    }

    /// Each segment ends between the first and the last field line of a request.
    @Test func doesNotGrowWhenEverySegmentEndsAmongTheFields() {
        let first = Array("GET / HTTP/1.1\r\nHost: a\r\nCook".utf8)
        let segment = Array("ie: a=1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nCook".utf8)
        var gate = RequestGate(limits: RequestLimits())
        gate.receive(first)
        var complete = 0
        var largest = 0
        for _ in 0..<100_000 {
            gate.receive(segment)
            while case .complete(let head, _) = gate.next() {
                if head.fields.text(.cookie) == "a=1" { complete += 1 }
            }
            largest = max(largest, gate.buffer.capacity)
        }
        #expect(complete == 100_000)
        #expect(largest <= 1_024)
    }

    @Test func holdsNoMoreThanTheLimitsAndOneSegment() {
        let limits = RequestLimits()
        var generator = HostileOctets(seed: 11)
        for start in [
            "", "GET / HTTP/1.1\r\n", .post("Content-Length: 65536"), .chunked(""), .chunked("1;"),
            .chunked("0\r\n"),
        ] {
            var run = RequestGateRun(limits)
            run.receive(start.utf8)
            let most = limits.requestLine + limits.fieldBytes + limits.body + 3 * 4_096
            for _ in 0..<100 {
                run.receive((0..<4_096).map { _ in UInt8.random(in: 0x61...0x7a, using: &generator) })
                #expect(run.held <= 2 * most)
            }
        }
    }

    /// A body, a head and a chunk line within the limits, octet by octet: the time grows with their length only.
    @Test(arguments: ["body", "chunks", "line", "field"])
    func looksAtEveryOctetOnce(_ part: String) {
        /// Of this thread alone, the least of three: other tests run beside it.
        func drip(_ octets: Int) -> Duration {
            (0..<3).map { _ in once(octets) }.min() ?? .zero
        }
        func once(_ octets: Int) -> Duration {
            var limits = RequestLimits()
            (limits.body, limits.requestLine, limits.fieldBytes) = (4 << 20, 4 << 20, 4 << 20)
            let start: String =
                switch part {
                case "body": .post("Content-Length: \(octets)")
                case "chunks": .chunked(String(octets, radix: 16) + "\r\n")
                case "line": "GET /"
                default: "GET / HTTP/1.1\r\nHost: a\r\nX: "
                }
            var gate = RequestGate(limits: limits)
            gate.receive(Array(start.utf8))
            _ = gate.next()
            let begin = processorTime()
            for _ in 0..<octets {
                gate.receive([0x61])
                _ = gate.next()
            }
            return processorTime() - begin
        }
        let short = drip(4_000)
        let long = drip(200_000)
        // Fifty times as much: 50 when linear, 2,500 when each octet brings all before it back.
        #expect(long < short * 500, "\(part): \(short) and \(long)")
    }

    private func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
