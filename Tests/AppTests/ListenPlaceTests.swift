import Testing

@testable import App

@Suite struct ListenPlaceTests {
    private static let longest = "/" + String(repeating: "a", count: 106)

    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9_464), ("[::1]:0", "::1", 0),
        ("localhost:65535", "localhost", 65_535),
        ("*:1", "*", 1), ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ("a-b.example.org:080", "a-b.example.org", 80),
    ])
    func isAHostAndAPort(text: String, host: String, port: UInt16) {
        #expect(ListenPlace(text) == .internet(host: host, port: port))
    }

    @Test(arguments: ["/run/sessiond/metrics", "m", "a:1", longest])
    func isAPath(path: String) {
        #expect(ListenPlace("unix:" + path) == .unix(path: path))
    }

    @Test(arguments: [
        "", ":", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 1", "127.0.0.1:1 ", "127.0.0.1:٣", "::1:9464", "[::1]", "[::1:9464", "::1]:9464", "[]:1",
        "[127.0.0.1]:1", "[localhost]:1", "256.0.0.1:1", "http://a:1", "a/b:1", "unix:", "unix:a\0b",
        "unix:" + longest + "a",
    ])
    func isNothingElse(text: String) throws {
        #expect(ListenPlace(text) == nil)
        if !text.isEmpty, !text.contains("\0") {
            let error = try #require(throws: ConfigurationError.self) {
                try loadConfiguration(environment: ["SESSIOND_METRICS_LISTEN": text])
            }
            #expect(error.key == "metrics.listen")
        }
    }

    @Test func isEverywhereByAnyOfItsNames() {
        for text in ["*:1", "0.0.0.0:1", "[::]:1", "[::0]:1", "[0:0:0:0:0:0:0:0]:1"] {
            #expect(ListenPlace(text)?.isEverywhere == true)
        }
        for text in ["10.0.0.1:1", "[::1]:1", "[1::]:1", "localhost:1", "unix:/*"] {
            #expect(ListenPlace(text)?.isEverywhere == false)
        }
    }
}
