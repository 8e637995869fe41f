import Testing

@testable import HTTP

struct HostFieldTests {
    private func isValid(_ value: String) -> Bool {
        HostField.isValid(HostileOctets.embedded(value.utf8))
    }

    @Test(arguments: [
        "", "localhost", "example.com", "EXAMPLE.com.", "a_b-c~d", "xn--bcher-kva.example",
        "b%C3%BCcher.example",
        "127.0.0.1", "127.0.0.1:8080", "a:0", "a:", "a:80", "a:65535", "a:0080", "999.999.999.999", "-", ".",
        ".a", ".a.b.", "a%2E.b",
    ])
    func acceptsNamesAndIPv4(value: String) {
        #expect(isValid(value))
    }

    @Test(arguments: [
        ":", ":80", "a:65536", "a:99999", "a:99999999999999999999999999", "a:x", "a:8x", "a:+80", "a:-1",
        "a: 80",
        "a:80:80", "a b", " ", "a\t", "a/b", "a?b", "a#b", "a@b", "user:pw@b", "a,b", "a;b", "a'b", "a\"b",
        "a(b)",
        "a!b", "a$b", "a&b", "a*b", "a+b", "a=b", "a\\b", "<a>", "a\0", "a\u{7f}", "é", "%", "%4", "a%zz",
        "a%4", "..", "a..b", "a..", "..a", "127..0.1", "a..b:80",
        "[", "]", "a[", "a]", "::1", "2001:db8::1",
    ])
    func refusesWhatIsNoHost(value: String) {
        #expect(!isValid(value))
    }

    /// The forms of `IPv6address` in RFC 3986 §3.2.2 and the texts of RFC 4291 §2.2.
    @Test(arguments: [
        "::", "::1", "1::", "1::8", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3::7:8",
        "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "2001:DB8:0:0:8:800:200C:417A", "FF01::101", "::13.1.68.3",
        "0:0:0:0:0:0:13.1.68.3", "::FFFF:129.144.52.38", "1:2:3:4:5::1.2.3.4", "1::1.2.3.4",
        "::255.255.255.255",
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
    ])
    func acceptsIPv6(address: String) {
        #expect(isValid("[\(address)]"))
        #expect(isValid("[\(address)]:"))
        #expect(isValid("[\(address)]:443"))
        #expect(!isValid("[\(address)]443"))
        #expect(!isValid("[\(address)]:65536"))
        #expect(!isValid("[\(address)"))
        #expect(!isValid("[\(address)]]"))
        #expect(!isValid("[[\(address)]]"))
    }

    @Test(arguments: [
        "", ":", ":::", "::::", "1", "1:", ":1", "1::2::3", "1:::2", "12345::", "g::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:",
        ":2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256",
        "::1.2.3.04",
        "::1.2.3.", "::.1.2.3", "::1..2.3", "::a.2.3.4", "::1.2.3.4:5", "1.2.3.4", "1.2.3.4::",
        "::1.2.3.1000",
        "fe80::1%eth0", "fe80::1%25eth0", "v1.a", "::1 ", " ::1", "::1/64",
    ])
    func refusesWhatIsNoIPv6(address: String) {
        #expect(!isValid("[\(address)]"))
    }

    @Test func damageLetsNoDelimiterThrough() {
        var random = HostileOctets(seed: 2)
        var accepted = 0
        for _ in 0..<20_000 {
            let value = random.damaged(
                ["example.com:8080", "[2001:db8::1]:443", "127.0.0.1", "[::ffff:1.2.3.4]"],
                pieces: [":", "::", "[", "]", "%", "%41", "1.2.3.4", ",", "@", "/", "65535"])
            guard HostField.isValid(HostileOctets.embedded(value)) else { continue }
            accepted += 1
            #expect(value.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"#,/;<=>?@\\".utf8.contains($0) })
            // One colon at most outside of brackets, and only digits behind it.
            let rest = value.lastIndex(of: UInt8(ascii: "]")).map { value[($0 + 1)...] } ?? value[...]
            let parts = rest.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            #expect(parts.count <= 2)
            #expect(parts.count < 2 || parts[1].allSatisfy { (0x30...0x39).contains($0) })
        }
        #expect(accepted > 2_000)
    }
}
