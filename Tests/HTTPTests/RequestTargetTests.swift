import HTTP
import Testing

struct RequestTargetTests {
    private func target(_ raw: String, _ method: Method = .get) throws(Refusal) -> RequestTarget {
        try RequestTarget(HostileOctets.embedded(raw.utf8), method: method)
    }

    @Test(arguments: [
        ("/", "/", nil),
        ("/profile", "/profile", nil),
        ("/users/", "/users/", nil),
        ("/api/v1/users?limit=10&after=a%20b", "/api/v1/users", "limit=10&after=a%20b"),
        ("/?", "/", ""),
        ("/a?b?c=/../%zz", "/a", "b?c=/../%zz"),
        ("/a;b=c,d:e@f!$&'()*+", "/a;b=c,d:e@f!$&'()*+", nil),
        ("/{|}^`?{|}^`", "/{|}^`", "{|}^`"),
    ])
    func readsOriginForm(raw: String, path: String, query: String?) throws {
        #expect(try target(raw) == RequestTarget(path: path, query: query))
    }

    /// RFC 3986 §5.2.4 and the paths of §5.4 merged with their base.
    @Test(arguments: [
        ("/a/b/c/./../../g", "/a/g"), ("/b/c/.", "/b/c/"), ("/b/c/./", "/b/c/"), ("/b/c/..", "/b/"),
        ("/b/c/../", "/b/"), ("/b/c/../g", "/b/g"), ("/b/c/../..", "/"), ("/b/c/../../../g", "/g"),
        ("/./g", "/g"), ("/../g", "/g"), ("/b/c/g.", "/b/c/g."), ("/b/c/.g", "/b/c/.g"),
        ("/b/c/g..", "/b/c/g.."), ("/b/c/..g", "/b/c/..g"), ("/b/c/./../g", "/b/g"),
        ("/b/c/./g/.", "/b/c/g/"), ("/b/c/g/./h", "/b/c/g/h"), ("/b/c/g/../h", "/b/c/h"), ("/..", "/"),
        ("/.", "/"), ("/...", "/..."), ("/b/..;/c", "/b/..;/c"),
    ])
    func removesDotSegments(raw: String, path: String) throws {
        #expect(try target(raw).path == path)
        #expect(try target(raw.replacing(".", with: "%2e")).path == path)
        #expect(
            try target(raw.replacing(".", with: "%2E") + "?/../x")
                == RequestTarget(path: path, query: "/../x"))
    }

    @Test(arguments: [
        ("/%73tatus", "/status"), ("/%7euser", "/~user"), ("/%2541", "/%41"), ("/%252f", "/%2f"),
        ("/%252e%252e/a", "/%2e%2e/a"), ("/a%20b", "/a b"), ("/%3Fa%23b", "/?a#b"), ("/caf%C3%A9", "/café"),
        ("/%F0%9F%98%80", "/😀"), ("/%2a", "/*"), ("/api/v1/%73tatus/../users", "/api/v1/users"),
    ])
    func decodesThePathOnce(raw: String, path: String) throws {
        #expect(try target(raw).path == path)
    }

    @Test(arguments: [
        "", "*", "*/", "profile", "localhost", "localhost:80", "?a", "http", "http:/a", "http:a", "ftp://a/b",
        "//", "//evil/admin", "/.//evil", "/a/..//evil", "/%2e//evil", "/%2E%2E//evil", "http://h//evil",
        "/%", "/%4", "/%zz", "/%4g", "/a%", "/%%41", "/%u0041", "/a%00", "/%0d%0a", "/%1f", "/%7f", "/%7F",
        "/a%2fb",
        "/a%2Fb", "/..%2fb", "/..%5cb", "/a%5C", "/%ff", "/%c0%af", "/%C3", "/%ed%a0%80", "/%e2%28%a1",
        "/%f4%90%80%80", "/a#b", "/#", "/?#", "/a\\b", "/a b", "/\"", "/<b>", "/\t", "/\r", "/\n", "/\0",
        "/é",
        "http://", "http:///a", "http://:80/", "http://user@host/", "http://user:pw@host/", "http://@host/",
        "http://a,b/", "http://a:x/", "http://a:65536/", "http://[::1/", "http://[::1]x/", "https://?a",
    ])
    func refusesWhatTwoParsersMightReadInTwoWays(raw: String) {
        let refusal = #expect(throws: Refusal.self) { try target(raw) }
        #expect(refusal?.status == .badRequest)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func allowsVisibleOctetsWithoutDelimitersOnly(octet: UInt8) {
        let raw = Array("/?a".utf8) + [octet]
        let isAllowed = (0x21...0x7e).contains(octet) && !"\"#<>\\".utf8.contains(octet)
        #expect(((try? RequestTarget(raw[...], method: .get)) != nil) == isAllowed)
    }

    @Test(arguments: UInt8.min...UInt8.max)
    func decodesNoControlSlashBackslashOrLoneByte(octet: UInt8) {
        let hex = String(octet, radix: 16)
        let raw = "/a%" + (hex.utf8.count == 1 ? "0" : "") + hex
        let isAllowed = (0x20...0x7e).contains(octet) && !"/\\".utf8.contains(octet)
        let path = try? target(raw).path
        #expect(path == (isAllowed ? "/a" + String(UnicodeScalar(octet)) : nil))
    }

    @Test(arguments: [
        ("http://example.com", "/", nil), ("http://example.com/", "/", nil), ("http://h?q=/1", "/", "q=/1"),
        ("HTTP://Example.COM:8080/a/../b?c", "/b", "c"), ("https://[2001:db8::1]:443/x", "/x", nil),
        ("hTTps://127.0.0.1:/%61", "/a", nil), ("http://a/@b", "/@b", nil),
    ])
    func readsAbsoluteForm(raw: String, path: String, query: String?) throws {
        #expect(try target(raw) == RequestTarget(path: path, query: query))
    }

    @Test func readsAsteriskFormOnlyWithOptions() throws {
        let asterisk = try target("*", .options)
        #expect(asterisk.isAsterisk)
        #expect(asterisk == RequestTarget(path: "*"))
        #expect(try !target("/*", .options).isAsterisk)
        for method in Method.allCases where method != .options {
            #expect(throws: Refusal.self) { try target("*", method) }
        }
        #expect(throws: Refusal.self) { try target("*?a", .options) }
    }

    @Test func keepsEmptySegments() throws {
        #expect(try target("/a//b").path == "/a//b")
        #expect(try target("/a//").path == "/a//")
        #expect(try target("/a//../b").path == "/a/b")
        #expect(try target("/%61//b").path == "/a//b")
    }

    @Test func readsTheFirstQueryItemAsAForm() throws {
        let query = try target("/?a=1&b=x+y%21%zz&a=2&c&=e&%64=%26&&f==")
        #expect(try query.queryItem("a") == "1")
        #expect(try query.queryItem("b") == "x y!%zz")
        #expect(try query.queryItem("c") == "")
        #expect(try query.queryItem("") == "e")
        #expect(try query.queryItem("d") == "&")
        #expect(try query.queryItem("f") == "=")
        #expect(try query.queryItem("A") == nil)
        #expect(try target("/").queryItem("a") == nil)
        #expect(try target("/?").queryItem("") == nil)
    }

    @Test func refusesAQueryItemThatIsNotUTF8() throws {
        let query = try target("/?bad=%ff&good=1&%ff=2")
        let error = #expect(throws: HTTPError.self) { try query.queryItem("bad") }
        #expect(error?.status == .badRequest)
        #expect(try query.queryItem("good") == "1")
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() throws {
        #expect(
            try target(String(repeating: "/a", count: 100_000) + String(repeating: "/..", count: 100_000))
                .path == "/")
        #expect(try target("/" + String(repeating: "a/../", count: 100_000)).path == "/")
        #expect(
            try target(
                "/" + String(repeating: "a&", count: 100_000) + "?" + String(repeating: "a&", count: 100_000)
            )
            .queryItem("b") == nil)
    }

    @Test func staysNormalisedUnderDamage() throws {
        var random = HostileOctets(seed: 1)
        var accepted = 0
        for _ in 0..<20_000 {
            let raw = random.damaged(
                [
                    "/api/v1/users/me?limit=1", "/a/%2e%2e/b/./c//d", "http://example.com:80/a?b",
                    "/caf%C3%A9", "*",
                ],
                pieces: [
                    "/", "..", "/../", "%2e", "%2f", "%", "//", "?", "#", "%C3", "%A9", ".", "http://", "@",
                ])
            guard let target = try? RequestTarget(HostileOctets.embedded(raw), method: .options),
                !target.isAsterisk
            else { continue }
            accepted += 1
            #expect(target.path.utf8.first == UInt8(ascii: "/"))
            let segments = target.path.utf8.dropFirst().split(
                separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            #expect(segments.count == 1 || segments.first?.isEmpty == false)
            #expect(!segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
            #expect(!target.path.utf8.contains { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") })
            // Encoded anew, it is the same path: nothing was decoded or removed too early.
            var encoded = ""
            for octet in target.path.utf8 {
                encoded +=
                    octet == UInt8(ascii: "/")
                    ? "/" : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
            #expect(try self.target(encoded).path == target.path)
        }
        #expect(accepted > 5_000)
    }
}
