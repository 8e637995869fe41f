import Testing

@testable import HTTP

@Suite struct RequestGateRequestLineTests {
    private func run(_ line: String) -> RequestGateRun {
        RequestGateRun(line + "\r\nHost: a\r\n\r\n")
    }

    @Test(arguments: HTTP.Method.allCases.filter { $0 != .connect })
    func knowsEveryMethod(_ method: HTTP.Method) {
        let run = run("\(method.rawValue) /p?q=1 HTTP/1.1")
        #expect(run.requests.map(\.method) == [method])
        #expect(run.requests.first?.path == "/p")
        #expect(run.requests.first?.query == "q=1")
        #expect(run.refusal == nil)
    }

    @Test func refusesConnectWith405() {
        #expect(run("CONNECT a:443 HTTP/1.1").refusal == 405)
        #expect(run("CONNECT / HTTP/1.1").refusal == 405)
    }

    @Test(arguments: ["get", "Get", "GETT", "GE", "BREW", "M-SEARCH", "!#$%&'*+-.^_`|~0aZ"])
    func answers501ToAnUnknownMethod(_ method: String) {
        #expect(run("\(method) / HTTP/1.1").refusal == 501)
        #expect(run(String(repeating: "A", count: 24) + " / HTTP/1.1").refusal == 501)
        #expect(run(String(repeating: "A", count: 25) + " / HTTP/1.1").refusal == 501)
    }

    @Test(arguments: ["G(T", "G\"T", "G/T", "G:T", "G@T", "GÉT", "G\u{7f}T", "G\u{0}T", "[GET]", ""])
    func refusesAMethodThatIsNoToken(_ method: String) {
        #expect(run("\(method) / HTTP/1.1").refusal == 400)
    }

    @Test(arguments: [
        "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/\tHTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1\t", "GET /a b HTTP/1.1", "GET /\u{b}HTTP/1.1", "GET / \rHTTP/1.1", "GET\r / HTTP/1.1",
    ])
    func wantsExactlyOneSpaceBetweenThreeParts(_ line: String) {
        #expect(run(line).refusal == 400)
    }

    @Test(arguments: ["GET", "GET ", "GET /", "GET / ", "GET HTTP/1.1", "/ HTTP/1.1", "HTTP/1.1", " ", "  "])
    func refusesAMissingPart(_ line: String) {
        #expect(run(line).refusal == 400)
    }

    @Test(arguments: [
        "http/1.1", "HTTP/1.", "HTTP/1", "HTTP/.1", "HTTP/1,1", "HTTP/1.1.1", "HTTP/1.1x", "HTPP/1.1",
        "HTTP/ 1.1", "HTTP/01.1",
        "HTTP/1.01", "HTTP/1.10", "HTTP/10.1", "HTTP/a.1", "HTTP/1.a", "HTTP/-1.1", "HTTP/4294967297.1",
        "HTTP/1.4294967297",
        "HTTP\\1.1", "XHTTP/1.1", "HTTP/1.\u{661}", "HTTP/1.1\r", "HTTP/1.1\u{0}", "ICAP/1.0", "RTSP/1.0",
        "HTTP",
    ])
    func refusesAMalformedVersion(_ version: String) {
        #expect(run("GET / \(version)").refusal == 400)
    }

    @Test(arguments: ["HTTP/0.9", "HTTP/0.0", "HTTP/2.0", "HTTP/3.1", "HTTP/9.9"])
    func answers505ToAnotherMajorVersion(_ version: String) {
        #expect(run("GET / \(version)").refusal == 505)
        #expect(RequestGateRun("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refusal == 505)
    }

    @Test func servesALaterMinorVersionAs11() {
        for minor in 1...9 {
            #expect(run("GET / HTTP/1.\(minor)").requests.map(\.isVersion10) == [false])
        }
        #expect(run("GET / HTTP/1.0").requests.map(\.isVersion10) == [true])
    }

    @Test(arguments: [
        ("OPTIONS * HTTP/1.1", "*"), ("GET http://a/x HTTP/1.1", "/x"), ("GET http://a HTTP/1.1", "/"),
        ("GET /a/../b HTTP/1.1", "/b"),
        ("GET /%61 HTTP/1.1", "/a"), ("GET /? HTTP/1.1", "/"),
    ])
    func readsTheFormsOfATarget(_ line: String, _ path: String) {
        #expect(run(line).requests.map(\.path) == [path])
    }

    @Test(arguments: [
        "GET * HTTP/1.1", "GET a HTTP/1.1", "GET a:80 HTTP/1.1", "GET //a/b HTTP/1.1", "GET /#f HTTP/1.1",
        "GET /\u{0} HTTP/1.1",
        "GET /\u{1} HTTP/1.1", "GET /é HTTP/1.1", "GET /%00 HTTP/1.1", "GET /%2f HTTP/1.1", "GET /% HTTP/1.1",
        "GET /\\ HTTP/1.1",
        "GET http://a@b/ HTTP/1.1", "GET http:///x HTTP/1.1", "GET ftp://a/ HTTP/1.1", "OPTIONS ** HTTP/1.1",
        "GET /\" HTTP/1.1",
    ])
    func refusesATargetThatTwoParsersCouldReadDifferently(_ line: String) {
        #expect(run(line).refusal == 400)
    }

    @Test func passesOverTwoEmptyLinesAndNotThree() {
        let get = String.get()
        for lines in ["", "\r\n", "\r\n\r\n"] {
            #expect(
                RequestGateRun(lines + get + lines + get + lines).requests.count == 2,
                "\(lines.utf8.count / 2)")
        }
        #expect(RequestGateRun("\r\n\r\n\r\n" + get).refusal == 400)
        let second = RequestGateRun(get + "\r\n\r\n\r\n" + get)
        #expect(second.requests.count == 1)
        #expect(second.refusal == 400)
        #expect(RequestGateRun("\n" + get).refusal == 400)
        #expect(RequestGateRun("\r" + get).refusal == 400)
        #expect(RequestGateRun(" \r\n" + get).refusal == 400)
    }

    @Test func refusesALineFeedAlone() {
        #expect(RequestGateRun("GET / HTTP/1.1\nHost: a\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\nHost: a\n\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: a\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: a\r\n\n").refusal == 400)
        // Not even the first LF counts as long as the rest of a line might.
        #expect(RequestGateRun("GET / HTTP/1.1\n").refusal == 400)
    }

    @Test func takesACarriageReturnAloneForNothing() {
        #expect(RequestGateRun("GET / HTTP/1.1\rHost: a\r\r").outcomes.isEmpty)
        #expect(RequestGateRun("GET / HTTP/1.1\rHost: a\r\r\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n").refusal == 400)
    }

    @Test func saysOfEveryRefusalWhetherItIsForAHead() {
        #expect(run("HEAD /\u{0} HTTP/1.1").refusesHead)
        #expect(run("HEAD / HTTP/2.0").refusesHead)
        #expect(RequestGateRun("HEAD / HTTP/1.1\r\n\r\n").refusesHead)
        #expect(RequestGateRun("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n").refusesHead)
        #expect(!run("GET / HTTP/2.0").refusesHead)
        #expect(!RequestGateRun("GET / HTTP/1.1\r\n\r\n").refusesHead)
        // The request before does not count.
        let second = RequestGateRun("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nBREW / HTTP/1.1\r\n\r\n")
        #expect(second.requests.count == 1)
        #expect(second.refusal == 501)
        #expect(!second.refusesHead)
    }

    @Test func letsNothingThroughAfterARefusal() {
        var run = RequestGateRun(.get() + "BAD\r\n\r\n" + .get())
        #expect(run.outcomes.count == 2)
        #expect(run.gate.isShut)
        run.receive(String.get().utf8)
        run.receive([])
        #expect(run.outcomes.count == 2)
        #expect(run.held == 0)
    }

    @Test(arguments: [
        "\u{16}\u{3}\u{1}\u{0}\u{1}\u{0}\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n",
        "\u{feff}GET / HTTP/1.1\r\n\r\n", "{\"a\":1}\r\n\r\n",
        "SSH-2.0-x\r\n",
    ])
    func refusesWhatIsNotHTTP(_ text: String) {
        #expect(RequestGateRun(text).refusal == 400)
    }
}
