import HTTP
import Testing

struct RequestCookiesTests {
    private func values(_ lines: String..., named name: String = "session_id") -> [String] {
        let fields = RequestFields([(.host, "a=b; session_id=no")] + lines.map { (.cookie, $0) })
        return fields.cookies(named: name).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func findsTheCookieWhereverItStands() {
        #expect(values("session_id=a") == ["a"])
        #expect(values("x=1; session_id=a") == ["a"])
        #expect(values("session_id=a; x=1") == ["a"])
        #expect(values("x=1; session_id=a; y=2") == ["a"])
        // RFC 6265 §3.1.
        #expect(values("SID=31d4d96e407aad42; lang=en-US", named: "lang") == ["en-US"])
    }

    @Test func yieldsAllOfThatNameInOrderOverAllLines() {
        #expect(values("session_id=a; session_id=b", "x=1", "y=2; session_id=c") == ["a", "b", "c"])
    }

    @Test func findsNothingWhereNothingIs() {
        #expect(values() == [])
        #expect(values("") == [])
        #expect(values("", "") == [])
        #expect(values("x=1; y=2") == [])
    }

    @Test(arguments: [
        "Session_id=a", "SESSION_ID=a", "session_i=a", "session_idx=a", "xsession_id=a", "session_id",
        "session_id;=a",
        "session_id x=a", "x=session_id=a", "x=\"session_id=a\"", "__Host-session_id=a", "session_id,=a",
        "=session_id",
        "$session_id=a", "x=1, session_id=a",
    ])
    func takesOnlyExactlyThatName(line: String) {
        #expect(values(line) == [])
        #expect(values(line + "; session_id=b") == ["b"])
    }

    @Test(arguments: [
        ("session_id=", ""), ("session_id=\"\"", ""), ("session_id=\"a\"", "a"), ("session_id=\"", "\""),
        ("session_id=\"a", "\"a"), ("session_id=a\"", "a\""), ("session_id=\"\"a\"\"", "\"a\""),
        ("session_id=\" a \"", " a "), ("session_id=a=b==", "a=b=="), ("session_id==a", "=a"),
        ("\t session_id \t=\t a b \t; x=1", "a b"), (";;session_id=a;;", "a"), ("x;session_id=a", "a"),
        ("x=1;session_id=a;y", "a"), ("session_id=\"a;b\"", "\"a"), ("session_id=%20\\", "%20\\"),
        ("=; session_id=a", "a"),
    ])
    func isAsLenientAsServersMustBe(line: String, value: String) {
        #expect(values(line) == [value])
    }

    @Test func keepsOctetsAsTheyAre() {
        let fields = RequestFields([(.cookie, "session_id=é\u{0}")])
        #expect(fields.cookies(named: "session_id").map(Array.init) == [[0xc3, 0xa9, 0]])
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() {
        let line =
            String(repeating: "session_i;", count: 50_000) + String(repeating: "session_id=;", count: 50_000)
        #expect(values(line).count == 50_000)
        #expect(values(String(repeating: " ", count: 500_000)) == [])
        #expect(values("session_id=" + String(repeating: " ", count: 500_000)) == [""])
    }

    /// The same by splitting and trimming.
    private func plainly(_ line: [UInt8]) -> [[UInt8]] {
        line.split(separator: UInt8(ascii: ";")).compactMap { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
                let rest = slice.drop { $0 == 0x20 || $0 == 0x09 }
                return rest.prefix(
                    1 + (rest.lastIndex { $0 != 0x20 && $0 != 0x09 } ?? rest.startIndex - 1) - rest.startIndex
                )
            }
            guard trimmed(pair[..<equals]).elementsEqual("ab".utf8) else { return nil }
            let value = trimmed(pair[(equals + 1)...])
            let isQuoted =
                value.count >= 2 && value.first == UInt8(ascii: "\"") && value.last == UInt8(ascii: "\"")
            return Array(isQuoted ? value.dropFirst().dropLast() : value)
        }
    }

    @Test func agreesWithAPlainReadingUnderDamage() {
        var random = HostileOctets(seed: 3)
        var found = 0
        for _ in 0..<20_000 {
            let line = random.damaged(
                ["ab=1", "x=1; ab=2; ab=\"3\"", "ab = \" 4 \" ;ab", "a=1;b=2;ab"],
                pieces: ["ab=", "ab", ";", "; ", "=", " ", "\t", "\"", "\"\"", "a", "b"]
            ).filter { $0 < 0x80 }
            let values = RequestFields([(.cookie, String(decoding: line, as: UTF8.self))])
                .cookies(named: "ab").map(Array.init)
            #expect(values == plainly(line))
            found += values.count
        }
        #expect(found > 5_000)
    }
}
