import Testing

@testable import HTTP

@Suite struct RequestGateFieldTests {
    @Test func keepsTheFieldsThatAreReadAndNoOther() throws {
        let run = RequestGateRun(
            .get(
                "Accept: x/y", "Authorization: Basic QQ==", "Cookie: a=1", "cOOKIE: b=2", "User-Agent: curl",
                "X-Other: z",
                "Content-Type: text/plain", "Content-Typ: n", "Content-Types: n", "Accepd: n", "Hosts: n",
                "Cookia: n", "ORIGIN: null", "Referer: r", "Sec-Fetch-Site: none", "Sec-Fetch-Mode: n",
                "Access-Control-Request-Method: PUT", "Referrer: n", "Origem: n"))
        let request = try #require(run.requests.first)
        #expect(
            request.fields == [
                "accept: x/y", "access-control-request-method: PUT", "authorization: Basic QQ==",
                "content-type: text/plain", "cookie: a=1",
                "cookie: b=2", "host: a", "origin: null", "referer: r", "sec-fetch-site: none",
                "user-agent: curl",
            ])
    }

    @Test(arguments: ["v", " v", "\tv", "v ", "v\t", " \t v \t "])
    func trimsWhiteSpaceAroundAValueAndNowhereElse(_ value: String) {
        #expect(RequestGateRun(.get("Cookie:\(value)")).requests.first?.fields == ["cookie: v", "host: a"])
        #expect(
            RequestGateRun(.get("Cookie: a \t b")).requests.first?.fields == ["cookie: a \t b", "host: a"])
    }

    @Test(arguments: ["", " ", "\t", " \t "])
    func takesAnEmptyValue(_ value: String) {
        #expect(RequestGateRun(.get("Cookie:\(value)")).requests.first?.fields == ["cookie: ", "host: a"])
    }

    @Test func leavesOctetsAboveASCIIOpaque() {
        #expect(
            RequestGateRun(.get("Cookie: é\u{80}ÿ")).requests.first?.fields == [
                "cookie: é\u{80}ÿ", "host: a",
            ])
    }

    @Test(arguments: 0...0x20)
    func refusesAControlCharacterInAValue(_ octet: UInt8) {
        let run = RequestGateRun(.get("X-A: a\(Character(UnicodeScalar(octet)))b"))
        #expect(run.refusal == ([0x09, 0x20].contains(octet) ? nil : 400))
        let last = RequestGateRun(.get("X-A: a\(Character(UnicodeScalar(octet)))"))
        #expect(last.refusal == ([0x09, 0x20].contains(octet) ? nil : 400))
    }

    @Test func refusesDeleteInAValue() {
        #expect(RequestGateRun(.get("X-A: a\u{7f}b")).refusal == 400)
        #expect(RequestGateRun(.get("X-A: \u{7f}")).refusal == 400)
    }

    @Test(arguments: 0...255)
    func takesATokenForANameAndNothingElse(_ octet: UInt8) {
        let token = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for name in [[octet], [0x58, octet], [0x58, octet, 0x59]] where octet != UInt8(ascii: ":") {
            var run = RequestGateRun()
            run.receive(Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8) + name + Array(": v\r\n\r\n".utf8))
            #expect(run.requests.count == (token.contains(octet) ? 1 : 0), "\(octet)")
            #expect(run.refusal == (token.contains(octet) ? nil : 400), "\(octet)")
        }
    }

    @Test(arguments: [
        ": v", "X", "X v", "X : v", "X\t: v", " X: v", "\tX: v", "Content-Length : 3",
        "Transfer-Encoding : chunked", "Host : a",
        "Transfer-Encoding\u{b}: chunked", "Content-Length\u{0}: 3",
    ])
    func refusesALineThatIsNoField(_ line: String) {
        #expect(RequestGateRun(.get(line)).refusal == 400)
        #expect(RequestGateRun(.get("X: y", line)).refusal == 400)
    }

    @Test(arguments: [" folded", "\tfolded", " ", "\t", " Transfer-Encoding: chunked"])
    func refusesAFoldedLine(_ continuation: String) {
        #expect(RequestGateRun(.get("X: a", continuation)).refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.1\r\n\(continuation)\r\nHost: a\r\n\r\n").refusal == 400)
    }

    @Test func doesNotTakeAnUnderscoreForAHyphen() {
        let run = RequestGateRun(.get("Content_Length: 50") + .get())
        #expect(run.requests.count == 2)
        #expect(run.requests.first?.fields == ["host: a"])
    }

    // MARK: Once only

    @Test(arguments: [
        ("Host: a", "Host: a"), ("Host: a", "Host: b"), ("Content-Length: 0", "Content-Length: 0"),
        ("Content-Length: 0", "content-length: 5"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "TRANSFER-ENCODING: identity"),
        ("Authorization: Basic QQ==", "Authorization: Bearer x"),
        ("Content-Type: text/plain", "Content-Type: text/plain"), ("Host: a", "Host:"),
    ])
    func refusesASecondLineOfWhatIsNoList(_ first: String, _ second: String) {
        let lines = ["Host: a", "X: y", first, "X: y", second].filter {
            !$0.hasPrefix("Host") || first.hasPrefix("Host")
        }
        let host = first.hasPrefix("Host") ? [] : ["Host: a"]
        let text =
            "POST / HTTP/1.1\r\n" + (host + lines.suffix(4)).joined(separator: "\r\n") + "\r\n\r\n0\r\n\r\n"
        #expect(RequestGateRun(text).refusal == 400)
    }

    // MARK: Host

    @Test(arguments: [
        "a", "a.example", "a.example:80", "a:", "127.0.0.1:5000", "[::1]", "[::1]:5000", "a_b", "a%20b", "",
    ])
    func takesAHost(_ host: String) {
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").requests.count == 1)
    }

    @Test(arguments: [
        "a b", "a/b", "a?b", "a#b", "a@b", "a,b", "a:x", "a:65536", "a:-1", "[::1", "::1", "<a>", "a\\b",
        "a:80:80", "é", "a%zz", "[]",
        "[::1]x", "a;b", "a'b",
    ])
    func refusesWhatIsNoHost(_ host: String) {
        #expect(RequestGateRun("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.0\r\nHost: \(host)\r\n\r\n").refusal == 400)
    }

    @Test func wantsAHostOf11AndNotOf10() {
        #expect(RequestGateRun("GET / HTTP/1.1\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET http://a/ HTTP/1.1\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.9\r\n\r\n").refusal == 400)
        #expect(RequestGateRun("GET / HTTP/1.0\r\n\r\n").requests.count == 1)
    }

    // MARK: Connection

    @Test(arguments: [
        ("close", false), ("Close", false), ("CLOSE", false), ("x, close", false), ("close, x", false),
        ("x,close,y", false), (",close,", false),
        ("keep-alive, close", false), ("\tclose\t", false), ("closed", true), ("xclose", true),
        ("close x", true), ("", true), (",", true),
        ("keep-alive", true), ("Upgrade, HTTP2-Settings", true), ("\"close\"", true),
    ])
    func findsCloseInAList(_ value: String, _ keepAlive: Bool) {
        #expect(RequestGateRun(.get("Connection: \(value)")).requests.map(\.keepAlive) == [keepAlive])
    }

    @Test(arguments: [
        (nil, false), ("keep-alive", true), ("Keep-Alive", true), ("x, keep-alive", true), ("close", false),
        ("keep-alive, close", false),
        ("close, keep-alive", false), ("keep-alived", false), ("", false),
    ])
    func keeps10OpenOnlyWhenAsked(_ value: String?, _ keepAlive: Bool) {
        let field = value.map { "Connection: \($0)\r\n" } ?? ""
        #expect(RequestGateRun("GET / HTTP/1.0\r\n\(field)\r\n").requests.map(\.keepAlive) == [keepAlive])
    }

    @Test func readsEveryConnectionLine() {
        #expect(
            RequestGateRun(.get("Connection: x", "Connection: close")).requests.map(\.keepAlive) == [false])
        #expect(
            RequestGateRun(.get("Connection: close", "Connection: keep-alive")).requests.map(\.keepAlive) == [
                false
            ])
        let v10 = "GET / HTTP/1.0\r\nConnection: x\r\nConnection: keep-alive\r\n\r\n"
        #expect(RequestGateRun(v10).requests.map(\.keepAlive) == [true])
    }
}
