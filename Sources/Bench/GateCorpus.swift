/// Requests as real clients send them.
struct SampleRequest {
    let name: String
    let octets: [UInt8]

    init(_ name: String, _ lines: [String], body: String = "") {
        self.name = name
        octets = Array((lines.map { $0 + "\r\n" }.joined() + "\r\n" + body).utf8)
    }

    /// What `SessionID` is made from in the cookie of all of these.
    static let token = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"
    private static let cookie = "session_id=\(token)"
    private static let form = "email=guillaume%40holberton.io&password=b4l0u"

    /// `GET`, on this server.
    init(get path: String, withSession: Bool = false) {
        self.init(
            path,
            ["GET \(path) HTTP/1.1", "Host: 127.0.0.1:5000"] + (withSession ? ["Cookie: \(Self.cookie)"] : [])
        )
    }

    /// The corpus of `sessiond-bench gate`.
    static let all = [
        SampleRequest("wrk", ["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:5000"]),
        SampleRequest(
            "check", ["GET /profile HTTP/1.1", "Host: 127.0.0.1:5000", "Cookie: \(cookie)"]),
        SampleRequest(
            "curl",
            ["GET /api/v1/status HTTP/1.1", "Host: 127.0.0.1:5000", "User-Agent: curl/7.88.1", "Accept: */*"]),
        browser,
        SampleRequest(
            "form",
            [
                "POST /sessions HTTP/1.1", "Host: 127.0.0.1:5000", "User-Agent: curl/7.88.1", "Accept: */*",
                "Content-Length: \(form.utf8.count)", "Content-Type: application/x-www-form-urlencoded",
            ], body: form),
        SampleRequest(
            "chunked",
            [
                "POST /sessions HTTP/1.1", "Host: 127.0.0.1:5000", "User-Agent: curl/7.88.1", "Accept: */*",
                "Transfer-Encoding: chunked", "Content-Type: application/x-www-form-urlencoded",
            ], body: "1e\r\n\(form.prefix(30))\r\nf\r\n\(form.dropFirst(30))\r\n0\r\n\r\n"),
    ]

    /// Fourteen fields.
    static let browser = SampleRequest("browser", browsersLines)

    private static let browsersLines = [
        "GET /api/v1/users/me HTTP/1.1", "Host: auth.example.com",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
            + "Safari/537.36",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "Accept-Language: en-GB,en;q=0.9,fr;q=0.8", "Accept-Encoding: gzip, deflate, br, zstd",
        "Connection: keep-alive", "Cookie: theme=dark; \(cookie); _ga=GA1.1.1234567890.1700000000",
        "Upgrade-Insecure-Requests: 1", "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Site: same-origin", "Sec-Fetch-User: ?1", "Cache-Control: max-age=0", "Priority: u=0, i",
    ]
}
