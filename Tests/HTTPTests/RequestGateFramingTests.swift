import Testing

@testable import HTTP

@Suite struct RequestGateFramingTests {
    // MARK: Content-Length

    @Test(arguments: [
        ("0", ""), ("3", "abc"), ("003", "abc"), ("3 ", "abc"), ("\t3\t", "abc"),
        ("000000000000000003", "abc"),
    ])
    func readsAsManyOctetsAsDeclared(_ length: String, _ body: String) {
        let run = RequestGateRun(.post("Content-Length: \(length)", content: body) + .get())
        #expect(run.requests.map(\.body) == [body, ""])
        #expect(run.requests.map(\.method) == [.post, .get])
    }

    @Test(arguments: [
        "", " ", "-1", "-0", "+3", "0x3", "3 0", "3,3", "3, 3", ", 3", "3.0", "1_0", "3Z", "3;", "- 1", "3e0",
        "٣", "3\u{b}", "\"3\"", "0b11",
        "1e3", "3\u{a0}",
    ])
    func refusesALengthThatIsNotDigits(_ length: String) {
        let run = RequestGateRun(.post("Content-Length: \(length)", content: "abc") + .get())
        #expect(run.outcomes.count == 1)
        #expect(run.refusal == 400)
    }

    @Test(arguments: [
        "65537", "4294967299", "1000000000000", "999999999999999999", "1000000000000000000",
        "9223372036854775807", "9223372036854775808",
        "18446744073709551619", "99999999999999999999999999999999", "0000000000000000003",
    ])
    func refusesALengthPastTheLimitBeforeItIsSent(_ length: String) {
        #expect(RequestGateRun(.post("Content-Length: \(length)")).refusal == 413)
    }

    @Test func takesABodyOfTheLimitAndNotOneMore() {
        var limits = RequestLimits()
        limits.body = 5
        #expect(
            RequestGateRun(.post("Content-Length: 5", content: "abcde"), limits).requests.map(\.body) == [
                "abcde"
            ])
        #expect(RequestGateRun(.post("Content-Length: 6", content: "abcdef"), limits).refusal == 413)
        limits.body = 0
        #expect(RequestGateRun(.post("Content-Length: 0"), limits).requests.count == 1)
        #expect(RequestGateRun(.post("Content-Length: 1", content: "a"), limits).refusal == 413)
    }

    @Test func waitsForTheLastOctet() {
        var run = RequestGateRun(.post("Content-Length: 3", content: "ab"))
        #expect(run.outcomes.isEmpty)
        #expect(!run.gate.isBetweenRequests)
        run.receive("c".utf8)
        #expect(run.requests.map(\.body) == ["abc"])
        #expect(run.gate.isBetweenRequests)
    }

    @Test func takesARequestWithoutALengthForOneWithoutABody() {
        let run = RequestGateRun(.post() + .get())
        #expect(run.requests.map(\.body) == ["", ""])
    }

    // MARK: Content that means nothing

    @Test(arguments: ["GET", "HEAD"])
    func readsPastTheContentOfGetAndHead(_ method: String) {
        let smuggled = String.get()
        let head = "\(method) / HTTP/1.1\r\nHost: a\r\n"
        let counted = head + "Content-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled
        let chunked =
            head + "Transfer-Encoding: chunked\r\n\r\n" + String(smuggled.utf8.count, radix: 16) + "\r\n"
            + smuggled + "\r\n0\r\n\r\n"
        for text in [counted, chunked] {
            let run = RequestGateRun(text + .post())
            #expect(run.requests.map(\.method.rawValue) == [method, "POST"])
            #expect(run.requests.map(\.body) == ["", ""])
        }
    }

    @Test func countsContentThatItDrops() {
        var limits = RequestLimits()
        limits.body = 4
        #expect(RequestGateRun(.get("Content-Length: 5"), limits).refusal == 413)
        let chunked = "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(RequestGateRun(chunked + "4\r\nabcd\r\n0\r\n\r\n", limits).requests.count == 1)
        #expect(RequestGateRun(chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", limits).refusal == 413)
    }

    @Test(arguments: ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    func takesABodyWithEveryOtherMethod(_ method: String) {
        let text = "\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n"
        let run = RequestGateRun(text + .get())
        #expect(run.requests.map(\.body) == ["GET / HTTP/1.1\r\n", ""])
    }

    // MARK: Transfer-Encoding

    @Test(arguments: ["chunked", "Chunked", "CHUNKED", " chunked\t"])
    func decodesChunked(_ coding: String) {
        let run = RequestGateRun(
            .post("Transfer-Encoding:\(coding)", content: "3\r\nabc\r\n0\r\n\r\n") + .get())
        #expect(run.requests.map(\.body) == ["abc", ""])
    }

    @Test(arguments: [
        "gzip", "identity", "xchunked", "chunke", "chunkedd", "gzip, chunked", "chunked, gzip",
        "chunked, identity", "chunked, chunked",
        "chunked;q=1", ",chunked", "chunked,", "chunked x", "",
    ])
    func answers501ToAnyOtherCoding(_ coding: String) {
        let run = RequestGateRun(.post("Transfer-Encoding: \(coding)", content: "0\r\n\r\n") + .get())
        #expect(run.outcomes.count == 1)
        #expect(run.refusal == 501)
    }

    @Test(arguments: [
        "\"chunked\"", "chunked/1", "[chunked]", "(chunked)", "chunkeḍ", "\u{a0}chunked", "chunked\u{a0}",
        "chun\u{212a}ed",
    ])
    func refusesACodingThatIsNoToken(_ coding: String) {
        #expect(RequestGateRun(.post("Transfer-Encoding: \(coding)", content: "0\r\n\r\n")).refusal == 400)
    }

    @Test func refusesTwoWaysToFindTheEnd() {
        let length = "Content-Length: 5"
        for coding in ["chunked", "identity", "gzip", "xchunked", ""] {
            let field = "Transfer-Encoding: \(coding)"
            #expect(RequestGateRun(.post(length, field, content: "0\r\n\r\n")).refusal == 400)
            #expect(RequestGateRun(.post(field, length, content: "0\r\n\r\n")).refusal == 400)
            #expect(RequestGateRun(.get(field, "Content-Length: 0")).refusal == 400)
        }
    }

    @Test func refusesACodingIn10() {
        let head = "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n"
        #expect(RequestGateRun(head + "\r\n0\r\n\r\n").refusal == 400)
        #expect(RequestGateRun(head + "Content-Length: 5\r\n\r\n0\r\n\r\n").refusal == 400)
    }

    // MARK: Expect

    @Test(arguments: ["100-continue", "100-Continue", "100-CONTINUE "])
    func tellsTheClientToGoOnOnce(_ expectation: String) {
        var run = RequestGateRun(.post("Expect: \(expectation)", "Content-Length: 3"))
        #expect(run.continues == 1)
        run.drain()
        run.receive([])
        #expect(run.continues == 1)
        run.receive("ab".utf8)
        run.receive("c".utf8)
        #expect(run.continues == 1)
        #expect(run.requests.map(\.body) == ["abc"])
        run.receive(String.post("Expect: 100-continue", "Transfer-Encoding: chunked").utf8)
        #expect(run.continues == 2)
        run.receive("0\r\n\r\n".utf8)
        #expect(run.requests.count == 2)
    }

    @Test func saysNothingToAClientThatGoesOnAnyway() {
        #expect(
            RequestGateRun(.post("Expect: 100-continue", "Content-Length: 3", content: "a")).continues == 0)
        var late = RequestGateRun(.post("Expect: 100-continue", "Content-Length: 3", content: "a"))
        late.receive("b".utf8)
        #expect(late.continues == 0)
    }

    @Test func saysNothingWithoutABodyToWaitFor() {
        let run = RequestGateRun(
            .post("Expect: 100-continue") + .post("Expect: 100-continue", "Content-Length: 0"))
        #expect(run.requests.count == 2)
        #expect(run.continues == 0)
    }

    @Test func refusesBeforeItSaysGoOn() {
        let run = RequestGateRun(.post("Expect: 100-continue", "Content-Length: 65537"))
        #expect(run.continues == 0)
        #expect(run.refusal == 413)
    }

    @Test(arguments: [
        ["x"], ["100-continue, x"], ["100-continue", "x"], ["x", "100-continue"], ["100-continue;q=1"],
        ["200-ok"],
    ])
    func answers417ToAnyOtherExpectation(_ values: [String]) {
        let lines = values.map { "Expect: \($0)\r\n" }.joined()
        let run = RequestGateRun("POST / HTTP/1.1\r\nHost: a\r\n\(lines)Content-Length: 3\r\n\r\n")
        #expect(run.refusal == 417)
        #expect(run.continues == 0)
    }

    @Test func ignoresAnExpectationOf10() {
        for expectation in ["100-continue", "x"] {
            let run = RequestGateRun(
                "POST / HTTP/1.0\r\nExpect: \(expectation)\r\nContent-Length: 3\r\n\r\nabc")
            #expect(run.requests.map(\.body) == ["abc"])
            #expect(run.continues == 0)
        }
        let waiting = RequestGateRun("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(waiting.continues == 0)
    }
}
