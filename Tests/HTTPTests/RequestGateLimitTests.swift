import Testing

@testable import HTTP

/// Each limit at it and one past it, as a whole line and as one that never ends.
@Suite struct RequestGateLimitTests {
    private func line(_ octets: Int) -> String {
        "GET /" + String(repeating: "a", count: octets - "GET / HTTP/1.1".utf8.count) + " HTTP/1.1"
    }

    @Test(arguments: [64, 8_192])
    func takesARequestLineOfTheLimitAndNotOneMore(_ limit: Int) {
        var limits = RequestLimits()
        limits.requestLine = limit
        let rest = "\r\nHost: a\r\n\r\n"
        #expect(RequestGateRun(line(limit) + rest, limits).requests.count == 1)
        #expect(RequestGateRun(line(limit + 1) + rest, limits).refusal == 414)
        #expect(RequestGateRun(line(limit + 2) + rest, limits).refusal == 414)
    }

    @Test func refusesARequestLineWithoutAnEnd() {
        let limits = RequestLimits()
        // A CR in the last place may still be half of a line end.
        #expect(
            RequestGateRun(String(repeating: "a", count: limits.requestLine + 1), limits).outcomes.isEmpty)
        #expect(RequestGateRun(String(repeating: "a", count: limits.requestLine + 2), limits).refusal == 414)
    }

    /// Field lines that take exactly so many octets with their line ends, Host among them.
    private func fields(_ octets: Int) -> String {
        let host = "Host: a\r\n"
        return host + "X: " + String(repeating: "a", count: octets - host.utf8.count - 5) + "\r\n"
    }

    @Test(arguments: [64, 16_384])
    func takesFieldsOfTheLimitAndNotOneMore(_ limit: Int) {
        var limits = RequestLimits()
        limits.fieldBytes = limit
        let head = "GET / HTTP/1.1\r\n"
        #expect(RequestGateRun(head + fields(limit) + "\r\n", limits).requests.count == 1)
        #expect(RequestGateRun(head + fields(limit + 1) + "\r\n", limits).refusal == 431)
        #expect(RequestGateRun(head + fields(limit + 2) + "\r\n", limits).refusal == 431)
        #expect(RequestGateRun(head + fields(limit) + "X:\r\n\r\n", limits).refusal == 431)
        // Counted anew for each request.
        let text = head + fields(limit) + "\r\n"
        #expect(RequestGateRun(text + text, limits).requests.count == 2)
    }

    @Test func refusesAFieldWithoutAnEnd() {
        var limits = RequestLimits()
        limits.fieldBytes = 64
        let head = "GET / HTTP/1.1\r\n"
        #expect(RequestGateRun(head + String(repeating: "a", count: 63), limits).outcomes.isEmpty)
        #expect(RequestGateRun(head + String(repeating: "a", count: 64), limits).refusal == 431)
    }

    @Test(arguments: [1, 100])
    func takesSoManyFieldsAndNotOneMore(_ limit: Int) {
        var limits = RequestLimits()
        limits.fieldCount = limit
        let others = (1..<limit).map { _ in "X: 1\r\n" }.joined()
        let head = "GET / HTTP/1.1\r\nHost: a\r\n" + others
        #expect(RequestGateRun(head + "\r\n", limits).requests.count == 1)
        #expect(RequestGateRun(head + "X: 1\r\n\r\n", limits).refusal == 431)
        #expect(RequestGateRun(head + "\r\n" + head + "\r\n", limits).requests.count == 2)
    }

    @Test func refusesManySmallFieldsLongBeforeTheirEnd() {
        var run = RequestGateRun("GET / HTTP/1.1\r\n")
        var sent = 0
        while run.refusal == nil, sent < 1_000 {
            run.receive("X: 1\r\n".utf8)
            sent += 1
        }
        #expect(run.refusal == 431)
        #expect(sent == 101)
    }

    @Test func hasDefaultsThatHoldTheLargestCookieAndALongLine() {
        let cookie = String.get("Cookie: a=" + String(repeating: "x", count: 4_090))
        #expect(RequestGateRun(cookie).requests.count == 1)
        #expect(RequestGateRun(line(8_000) + "\r\nHost: a\r\n\r\n").requests.count == 1)
    }

    private func limits(_ line: Int, _ fields: Int, _ count: Int, _ body: Int) -> RequestLimits {
        var limits = RequestLimits()
        (limits.requestLine, limits.fieldBytes) = (line, fields)
        (limits.fieldCount, limits.body) = (count, body)
        return limits
    }

    @Test func goesByOtherLimitsFromTheNextRequestOn() {
        let (wide, narrow) = (limits(100, 100, 5, 10), limits(20, 40, 2, 1))
        let requests = [
            line(21) + "\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n" + fields(41) + "\r\n",
            .get("X: 1", "Y: 2"), .post("Content-Length: 2", content: "xy"), .chunked("2\r\nxy\r\n0\r\n\r\n"),
        ]
        for (text, status) in zip(requests, [414, 431, 431, 413, 413]) {
            var run = RequestGateRun(text, wide)
            run.gate.adopt(narrow)
            run.receive(text.utf8)
            #expect(run.requests.count == 1 && run.refusal == status, "\(text)")
            var back = RequestGateRun(narrow)
            back.gate.adopt(wide)
            back.receive((text + text).utf8)
            #expect(back.requests.count == 2 && back.refusal == nil, "\(text)")
        }
    }

    @Test func aRequestWhoseLineIsReadEndsByTheLimitsOfItsBeginning() {
        let line = "POST / HTTP/1.1\r\n"
        let text = line + "Host: a\r\nX: 1\r\nContent-Length: 5\r\n\r\nabcde"
        for split in line.utf8.count...text.utf8.count {
            var run = RequestGateRun()
            run.receive(text.utf8.prefix(split))
            run.gate.adopt(limits(5, 5, 1, 1))
            run.receive(text.utf8.dropFirst(split))
            #expect(run.requests.count == 1 && run.refusal == nil)
            run.gate.adopt(limits(5, 5, 1, 1))
            run.receive("GET / HTTP/1.1\r\n".utf8)
            #expect(run.refusal == 414)
        }
    }
}
