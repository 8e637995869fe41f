import Testing

@testable import HTTP

/// Proxies are in 10.0.0.0/8 and 2001:db8::/32; clients are elsewhere.
struct ClientOriginTests {
    private static let proxies = ["10.0.0.0/8", "2001:db8::/32"].compactMap { TrustedProxy($0) }
    private static let proxy = PeerAddress.v4(0x0a00_0001)

    private func origin(
        _ fields: [(RequestField, String)], from peer: PeerAddress = proxy,
        by kind: ForwardingFields = .xForwarded, trusting proxies: [TrustedProxy] = proxies
    ) throws -> ClientOrigin {
        let target = try RequestTarget(Array("/".utf8)[...], method: .get)
        let head = RequestHead(method: .get, target: target, fields: RequestFields(fields))
        return TrustedProxies(proxies, fields: kind).origin(of: Request(head: head, peer: peer))
    }

    /// The client that a list of hops names, as text.
    private func client(_ lines: String...) throws -> String {
        try origin(lines.map { (.xForwardedFor, $0) }).address.description
    }

    private func forwarded(_ lines: String...) throws -> ClientOrigin {
        try origin(lines.map { (.forwarded, $0) }, by: .forwarded)
    }

    // MARK: Whom to believe

    @Test func believesNobodyByDefault() throws {
        let fields: [(RequestField, String)] = [
            (.xForwardedFor, "192.0.2.1"), (.xForwardedProto, "https"), (.xForwardedHost, "a.example"),
            (.forwarded, "for=192.0.2.1;proto=https"),
        ]
        for peer in [Self.proxy, .v4(0x7f00_0001), .unix, .unknown] {
            for kind in ForwardingFields.allCases {
                #expect(
                    try origin(fields, from: peer, by: kind, trusting: []) == ClientOrigin(address: peer))
            }
        }
    }

    @Test func believesOnlyWhoIsListed() throws {
        let fields: [(RequestField, String)] = [(.xForwardedFor, "192.0.2.1"), (.xForwardedProto, "https")]
        let believed = ClientOrigin(address: .v4(0xc000_0201), isSecure: true)
        for peer in [Self.proxy, PeerAddress.v4(0x0aff_ffff), .v6(0x2001_0db8_0000_0000, 1)] {
            #expect(try origin(fields, from: peer) == believed)
        }
        for peer in [
            PeerAddress.v4(0x0b00_0000), .v4(0x7f00_0001), .v6(0x2001_0db9_0000_0000, 1), .unix, .unknown,
        ] {
            #expect(try origin(fields, from: peer) == ClientOrigin(address: peer))
        }
        #expect(try origin(fields, from: .unix, trusting: [.unix]) == believed)
        #expect(try origin(fields, from: .unknown, trusting: [.unix]) == ClientOrigin(address: .unknown))
    }

    @Test func readsOneKindOfFieldsOnly() throws {
        let both: [(RequestField, String)] = [
            (.forwarded, "for=192.0.2.1;proto=https;host=f.example"), (.xForwardedFor, "192.0.2.2"),
            (.xForwardedProto, "http"), (.xForwardedHost, "x.example"),
        ]
        #expect(try origin(both) == ClientOrigin(address: .v4(0xc000_0202), host: "x.example"))
        #expect(
            try origin(both, by: .forwarded)
                == ClientOrigin(address: .v4(0xc000_0201), isSecure: true, host: "f.example"))
        // What a client adds of the other kind changes nothing, even when the proxy says nothing.
        #expect(try origin([both[0]]) == ClientOrigin(address: Self.proxy))
        #expect(try origin(Array(both[1...]), by: .forwarded) == ClientOrigin(address: Self.proxy))
    }

    // MARK: Hops

    @Test func theRightMostHopThatIsNotTrustedIsTheClient() throws {
        #expect(try client("192.0.2.1") == "192.0.2.1")
        #expect(try client("192.0.2.66, 192.0.2.1") == "192.0.2.1")
        #expect(try client("192.0.2.66, 192.0.2.1, 10.0.0.2,10.0.0.3") == "192.0.2.1")
        #expect(try client("10.9.9.9, 192.0.2.1, 10.0.0.2") == "192.0.2.1")
        #expect(try client("10.0.0.3, 10.0.0.2") == "10.0.0.3")
        #expect(try client() == "10.0.0.1")
        #expect(try client("192.0.2.1, ::ffff:10.0.0.2") == "192.0.2.1")
    }

    @Test func linesAreOneList() throws {
        #expect(try client("192.0.2.66", "192.0.2.1") == "192.0.2.1")
        #expect(try client("192.0.2.66, 192.0.2.1", "10.0.0.2", "10.0.0.3") == "192.0.2.1")
        #expect(try client("192.0.2.1", "", " , ", "10.0.0.3, ") == "192.0.2.1")
    }

    @Test(arguments: [
        ("192.0.2.1:8080", "192.0.2.1"), ("[2001:db9::1]", "2001:db9:0:0:0:0:0:1"),
        ("[2001:db9::1]:443", "2001:db9:0:0:0:0:0:1"), ("2001:db9::1", "2001:db9:0:0:0:0:0:1"),
        ("\t 192.0.2.1 \t", "192.0.2.1"), ("192.0.2.1:_port", "192.0.2.1"),
    ])
    func readsEntries(entry: String, address: String) throws {
        #expect(try client("192.0.2.66, \(entry)") == address)
    }

    @Test(arguments: [
        "unknown", "UNKNOWN", "_hidden", "-", "x", "192.0.2", "192.0.2.1.", "192.0.2.256", "192.0.2.1:",
        "192.0.2.1:123456", "192.0.2.1:a", "192.0.2.1 192.0.2.2", "192.0.2.1;", "\"192.0.2.1\"",
        "[192.0.2.1]",
        "[2001:db9::1", "2001:db9::1]", "[2001:db9::1]443", "[2001:db9::1]:", "[]", "localhost", "%31.0.2.1",
        "192.0.2.1/32", "é",
    ])
    func stopsAtWhatItCannotBelieve(entry: String) throws {
        #expect(try client("192.0.2.66, \(entry)") == "10.0.0.1")
        #expect(try client("192.0.2.66, \(entry), 10.0.0.2, 10.0.0.3") == "10.0.0.2")
        // Behind the client nothing is looked at.
        #expect(try client("\(entry), 192.0.2.1, 10.0.0.3") == "192.0.2.1")
    }

    @Test func looksAtThirtyTwoHopsAtMost() throws {
        let hops = Array(repeating: "10.0.0.2", count: 31).joined(separator: ",")
        #expect(try client("192.0.2.1,\(hops)") == "192.0.2.1")
        #expect(try client("192.0.2.1,\(hops),10.0.0.3") == "10.0.0.2")
        #expect(try client("192.0.2.1" + String(repeating: ",", count: 31)) == "192.0.2.1")
        #expect(try client("192.0.2.1" + String(repeating: ",", count: 32)) == "10.0.0.1")
        let lines = Array(repeating: (RequestField.xForwardedFor, "10.0.0.2"), count: 32)
        #expect(try origin([(.xForwardedFor, "192.0.2.1")] + lines).address == .v4(0x0a00_0002))
    }

    // MARK: Scheme and host

    @Test func schemeAndHostAreThoseOfTheClientsHop() throws {
        func said(_ hops: String, _ proto: String, _ host: String = "") throws -> ClientOrigin {
            try origin([(.xForwardedFor, hops), (.xForwardedProto, proto), (.xForwardedHost, host)])
        }
        #expect(try said("192.0.2.1", "https").isSecure && said("192.0.2.1", "HTTPS").isSecure)
        // A client's own word stands on the left.
        #expect(try !said("192.0.2.66, 192.0.2.1", "https, http").isSecure)
        #expect(try said("192.0.2.1, 10.0.0.2", "https, http").isSecure)
        #expect(try !said("192.0.2.1, 10.0.0.2", "http, https").isSecure)
        // One for all.
        #expect(try said("192.0.2.1, 10.0.0.2", "https").isSecure)
        #expect(try said("192.0.2.1", "http", "evil.example, a.example:8443").host == "a.example:8443")
        for scheme in ["", "http", "httpsx", "https:", "\"https\"", "wss", "https;", "on", "1"] {
            #expect(try !said("192.0.2.1", scheme).isSecure, "\(scheme)")
        }
        for host in ["", "a b", "a/b", "a@b", "a:99999", "[::1", "a\"b"] {
            #expect(try said("192.0.2.1", "https", host).host == nil, "\(host)")
        }
        #expect(
            try origin([(.xForwardedProto, "https")]) == ClientOrigin(address: Self.proxy, isSecure: true))
    }

    // MARK: Forwarded

    @Test(arguments: [
        "for=192.0.2.1", "For=192.0.2.1", "for=\"192.0.2.1\"", "for=\"192.0.2.1:80\"", "for=\"192.0.2.1:_p\"",
        "by=10.0.0.1;for=192.0.2.1", "for=192.0.2.1;by=_x;ext=\"a,b;for=10.0.0.9\"", "for=192.0.2.1 ; by=x",
        ";for=192.0.2.1;", "for=192.0.2.66, for=192.0.2.1", "for=192.0.2.1, for=\"10.0.0.2\"",
        "for=192.0.2.1, for=\"[2001:db8::2]:80\";by=unknown", "for=\"192\\.0.2.1\"",
        "x=\"\\\"\", for=192.0.2.1, for=10.0.0.2;x=\"a\\\\\"",
        "for=192.0.2.1, for=10.0.0.2;x=\"a\\\",b\"", "for=192.0.2.1, for=10.0.0.2;x=\"b,a\\\"c\"",
    ])
    func readsForwarded(field: String) throws {
        #expect(try forwarded(field).address.description == "192.0.2.1")
    }

    @Test(arguments: [
        "for=", "for", "=192.0.2.1", "for=192.0.2.1;for=192.0.2.1", "for =192.0.2.1", "for= 192.0.2.1",
        "for=192.0.2.1 by=x", "for=[2001:db9::1]", "for=2001:db9::1", "for=\"2001:db9::1\"",
        "for=\"[192.0.2.1]\"", "for=\"192.0.2.1", "192.0.2.1", "for=192.0.2.1;=", "for=\"\"", "for=_",
        "for=unknown", "for=\"unknown:80\"", "for=_hidden", "proto=http", "for=\"_x:_y\"", "for='192.0.2.1'",
    ])
    func stopsAtWhatForwardedDoesNotSay(element: String) throws {
        #expect(try forwarded("for=192.0.2.66, \(element)").address == Self.proxy)
        #expect(try forwarded("for=192.0.2.66", "\(element), for=10.0.0.2").address == .v4(0x0a00_0002))
    }

    @Test func anOpenQuoteOfTheClientHidesNobody() throws {
        for open in [
            "for=\"", "for=\"a\\", "x=\"\\\"", "\"", "for=\"10.0.0.9, for=\"", "\\\"", "for=10.0.0.9;x=\"",
        ] {
            #expect(try forwarded("\(open), for=192.0.2.1").address.description == "192.0.2.1", "\(open)")
            #expect(try forwarded(open, "for=192.0.2.1").address.description == "192.0.2.1", "\(open)")
            #expect(
                try forwarded("\(open), for=\"[2001:db9::1]:80\"").address.description
                    == "2001:db9:0:0:0:0:0:1", "\(open)")
        }
    }

    @Test func schemeAndHostComeFromTheElementOfTheClient() throws {
        let said = try forwarded(
            "for=1.1.1.1;proto=https;host=evil.example, for=192.0.2.1;proto=HTTPS;host=\"a.example:8443\"",
            "for=10.0.0.2;proto=http;host=inner.example")
        #expect(said == ClientOrigin(address: .v4(0xc000_0201), isSecure: true, host: "a.example:8443"))
        #expect(try !forwarded("for=192.0.2.1, for=10.0.0.2;proto=https").isSecure)
        #expect(try forwarded("for=unknown;proto=https").isSecure)
        #expect(try !forwarded("for=x;proto=https").isSecure)
        #expect(try forwarded("for=192.0.2.1;host=\"a b\"").host == nil)
    }

    // MARK: Fuzz

    /// Whatever a client writes, the proxy's own entry behind it names the client.
    @Test func nothingInFrontOfTheProxysEntryMatters() throws {
        var random = HostileOctets(seed: 11)
        for _ in 0..<10_000 {
            let spoof = String(
                decoding: random.damaged(
                    ["for=\"[2001:db8::1]:80\";proto=https", "10.0.0.1, unknown", "for=10.0.0.9;x=\"\\\"\""],
                    pieces: ["\"", "\\", ",", ";", "=", "for=", "10.0.0.2", ", ", "proto=https"]),
                as: UTF8.self)
            #expect(
                try forwarded("\(spoof),for=192.0.2.1;proto=http")
                    == ClientOrigin(address: .v4(0xc000_0201)), "\(spoof)")
            #expect(try client("\(spoof),192.0.2.1") == "192.0.2.1", "\(spoof)")
        }
    }

    @Test func theGateKeepsTheFieldsOfProxies() {
        let run = RequestGateRun(
            .get(
                "FORWARDED: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1", "x-forwarded-for: 10.0.0.2",
                "X-Forwarded-Proto: https", "X-Forwarded-Host: a", "X-Forwarded-Port: 1", "Forwardee: x"))
        #expect(
            run.requests.map(\.fields) == [
                [
                    "forwarded: for=192.0.2.1", "host: a", "x-forwarded-for: 192.0.2.1",
                    "x-forwarded-for: 10.0.0.2", "x-forwarded-host: a", "x-forwarded-proto: https",
                ]
            ])
    }
}
