import Testing

@testable import HTTP

@Suite struct WebOriginTests {
    private func origin(_ text: String) -> WebOrigin? { WebOrigin(Array(text.utf8)[...]) }

    @Test(arguments: [
        ("https://example.org", "https://example.org"), ("http://example.org", "http://example.org"),
        ("https://example.org:443", "https://example.org"), ("http://example.org:80", "http://example.org"),
        ("https://example.org:80", "https://example.org:80"), ("HTTPS://Example.ORG", "https://example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"), ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://example.org:", "https://example.org"), ("https://a:65535", "https://a:65535"),
        ("https://example.org.", "https://example.org."),
    ])
    func readsAnOriginAndWritesItAsBrowsersDo(_ text: String, _ shown: String) throws {
        let read = try #require(origin(text))
        #expect(read.description == shown)
        #expect(origin(shown) == read)
    }

    @Test(arguments: [
        "", "null", "*", "example.org", "//example.org", "https:", "https:/", "https://", "https://:443",
        "ftp://example.org", "file:///etc", "chrome-extension://abcdef", "javascript://x",
        "wss://example.org",
        "https://example.org/", "https://example.org/x", "https://example.org?x", "https://example.org#x",
        "https://user@example.org", "https://good.org@evil.org", "https://example.org\\@evil.org",
        "https://example.org:65536", "https://example.org:-1", "https://example.org:4a",
        "https://example.org:443:1",
        "https://a b", " https://a", "https://a ", "https://a, https://b", "https://a https://b",
        "https://*.example.org",
        "https://bücher.example", "https://[::1", "https://::1", "https://[::1]x", "https://[fe80::1%25eth0]",
        "https://a..b", "https://a\0b", "https://https://a",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(origin(text) == nil)
    }

    @Test func isEqualWhateverTheSpelling() throws {
        #expect(origin("https://[::1]") == origin("https://[0:0:0:0:0:0:0:1]:443"))
        #expect(origin("https://[::1]")?.hashValue == origin("https://[0:0:0:0:0:0:0:1]:443")?.hashValue)
        for other in [
            "http://a", "https://a:8443", "https://a.", "https://b", "https://a.b", "https://b.a",
            "https://%61",
        ] {
            #expect(origin(other) != nil)
            #expect(origin("https://a") != origin(other))
        }
    }

    /// The page, `Host`, whether the request came over TLS.
    @Test(arguments: [
        ("http://a:5000", "a:5000", false), ("http://a", "a", false), ("http://a", "a:80", false),
        ("http://a", "A", false), ("https://a", "a", true), ("https://a", "a:443", true),
        ("https://a:8443", "a:8443", true), ("http://[::1]:5000", "[0:0::1]:5000", false),
        ("http://a", "a:", false),
        // A proxy speaks TLS for us.
        ("https://a", "a", false), ("https://a:8443", "a:8443", false), ("https://a", "a:443", false),
    ])
    func isTheOneThatWasAsked(_ page: String, _ host: String, _ isSecure: Bool) throws {
        #expect(try #require(origin(page)).isOrigin(ofRequestTo: Array(host.utf8)[...], isSecure: isSecure))
    }

    @Test(arguments: [
        ("http://b", "a", false), ("http://a:5000", "a:5001", false), ("http://a:5000", "a", false),
        ("http://a", "a:5000", false), ("http://a.", "a", false), ("http://a", "a.", false),
        ("http://a.b", "a", false),
        ("http://b.a", "a", false), ("http://a", "b.a", false), ("http://a", "", false),
        ("http://a", "a/", false),
        ("http://a", "a b", false), ("http://localhost:5000", "127.0.0.1:5000", false),
        ("http://[::1]", "[::2]", false),
        ("https://a", "a:80", false), ("https://a", "a:80", true),
        ("https://good.example.evil.org", "good.example", true),
        ("https://evilgood.example", "good.example", true), ("https://%61", "a", true),
        // In the clear anybody may have written the page.
        ("http://a", "a", true), ("http://a:443", "a", true), ("http://a:443", "a:443", true),
    ])
    func isAnother(_ page: String, _ host: String, _ isSecure: Bool) throws {
        #expect(try !#require(origin(page)).isOrigin(ofRequestTo: Array(host.utf8)[...], isSecure: isSecure))
    }
}
