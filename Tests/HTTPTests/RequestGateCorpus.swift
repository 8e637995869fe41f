@testable import HTTP

/// Requests good and bad, alone and in rows, for the tests that cut and damage them.
enum RequestGateCorpus {
    /// Small limits, so that the corpus can reach them.
    static var limits: RequestLimits {
        var limits = RequestLimits()
        limits.requestLine = 64
        limits.fieldBytes = 160
        limits.fieldCount = 8
        limits.body = 48
        return limits
    }

    static let texts: [String] = good + rows + bad

    private static let end = "0\r\n\r\n"

    static let good: [String] = [
        .get(),
        .get("Cookie: session_id=abc; b=2", "Accept: */*", "User-Agent: t"),
        .get("Cookie: a=1", "X-Between: y", "Cookie: b=2"),
        .get("Connection: close"),
        .get("Content-Length: 4") + "abcd",
        "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/b/../c?d=%20 HTTP/1.1\r\nHost:\ta \r\n\r\n",
        "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.9\r\nHost:\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        .post("Content-Length: 0"),
        .post("Content-Length: 5", "Content-Type: text/plain", content: "hello"),
        .post("Content-Length: 16", content: "GET / HTTP/1.1\r\n"),
        .post("Expect: 100-continue", "Content-Length: 5", content: "hello"),
        .post("Expect: 100-continue", "Transfer-Encoding: chunked", content: "1\r\na\r\n" + end),
        .post("Content-Length: 48", content: String(repeating: "x", count: 48)),
        .chunked(end),
        .chunked("5\r\nhello\r\n" + end),
        .chunked("1\r\nh\r\n1\r\ne\r\n3\r\nllo\r\n0;last\r\nX: y\r\nY: z\r\n\r\n"),
        .chunked("5;a=b;c=\"d;\\\"\" ; e\r\n\r\n\r\n\r\r\n" + end),
        "DELETE /x HTTP/1.1\r\nHost: a\r\nAuthorization: Basic QQ==\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
            + end,
    ]

    static let rows: [String] = [
        .get("Cookie: a=1") + .get("Cookie: b=2") + .get("Cookie: c=3"),
        .post("Content-Length: 5", content: "hello") + .get() + "\r\n" + .chunked("2\r\nab\r\n" + end)
            + .get("Cookie: z=1"),
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + .get("Connection: close") + .get(),
        .get() + "BAD\r\n\r\n" + .get(),
        .post("Content-Length: 3", content: "abc") + .post("Content-Length: x", content: "abc") + .get(),
        .get() + .get("Host: b") + .get(),
        .chunked("2\r\nab\r\nzz\r\n") + .get(),
        String(repeating: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", count: 6),
        .get() + "GET / HT",
        .post("Content-Length: 9", content: "abc"),
        .chunked("5\r\nhel"),
    ]

    static let bad: [String] = [
        "GET /\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\rHost: a\r\r\r\n\r\n", "\r\n\r\n\r\n" + .get(),
        "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
        // Too long, and the line end is wrong as well: which of the two is said must not depend on the cut.
        "GET /" + String(repeating: "a", count: 70) + " HTTP/1.1\n",
        "GET /" + String(repeating: "a", count: 70) + " HTTP/1.1\r\n",
        "GET /" + String(repeating: "a", count: 51) + " HTTP/1.1\n", String(repeating: "a", count: 80),
        .get("X: " + String(repeating: "a", count: 200)), .get("X: " + String(repeating: "a", count: 145)),
        "GET / HTTP/1.1\r\n" + String(repeating: "a", count: 180) + "\n",
        .get("X:", "X:", "X:", "X:", "X:", "X:", "X:"), .get("X:", "X:", "X:", "X:", "X:", "X:", "X:", "X:"),
        .get("X : y"), .get(" folded"), .get("X: a\u{0}"), .get("X: a\rb"), .get("X"), .get(": y"),
        .post("Content-Length: 49"), .post("Content-Length: -1", content: "abc"),
        .post("Content-Length: 3", "Content-Length: 3", content: "abc"),
        .post("Content-Length: 5", "Transfer-Encoding: chunked", content: end),
        .post("Transfer-Encoding: gzip", content: end),
        .post("Expect: x", "Content-Length: 3", content: "abc"),
        .chunked("3\r\nabcXY0\r\n\r\n"), .chunked("3\r\nabcXYZ\n0\r\n\r\n"), .chunked("3\r\nabcX\n"),
        .chunked("3\r\nabc\n"), .chunked("-3\r\nabc\r\n"),
        .chunked("3;\r\nabc\r\n"), .chunked("3;" + String(repeating: "a", count: 1_100)),
        .chunked("3;" + String(repeating: "a", count: 1_100) + "\n"),
        .chunked("31\r\n"), .chunked("30\r\n" + String(repeating: "x", count: 48) + "\r\n1\r\n"),
        .chunked("0\r\nX y\r\n\r\n"),
        .chunked("0\r\n" + String(repeating: "X: y\r\n", count: 7) + "\r\n"),
        .chunked("3;a=\"\r\nabc\r\n0\r\n\r\n"),
    ]
}
