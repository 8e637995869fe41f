import HTTP
import Testing

struct MediaTypeTests {
    private func media(_ value: String) -> MediaType? {
        MediaType(HostileOctets.embedded(value.utf8))
    }

    /// The four spellings of RFC 9110 §8.3.1.
    @Test(arguments: [
        "text/html;charset=utf-8", "Text/HTML;Charset=\"utf-8\"", "text/html; charset=\"utf-8\"",
        "text/html;charset=\"utf-\\8\"",
        "text/html \t; \t charset=utf-8 ;; ; ", "text/html;;charset=utf-8",
    ])
    func readsOneTypeInManySpellings(value: String) throws {
        let media = try #require(self.media(value))
        #expect(media.type == "text")
        #expect(media.subtype == "html")
        #expect(media.parameter("charset") == "utf-8")
        #expect(media.parameter("boundary") == nil)
    }

    @Test func readsQuotedParameters() throws {
        let media = try #require(self.media(#"multipart/form-data; boundary="a b;\"c\\\" \é"; x="""#))
        #expect(media.parameter("boundary") == #"a b;"c\" é"#)
        #expect(media.parameter("x") == "")
    }

    @Test(arguments: [
        "", " ", "/", "text", "text/", "/html", "text /html", "text/ html", " text/html", "text/html x",
        "text/html,x/y",
        "text/html/x", "text/html; a", "text/html; a=", "text/html; =b", "text/html; a =b", "text/html; a= b",
        "text/html; a=b c", "text/html; a=\"", "text/html; a=\"b", "text/html; a=\"b\\",
        "text/html; a=\"b\\\"",
        "text/html; a=\"b\"c", "text/html; a=b; A=c", "text/html; a=\"\u{0}\"", "text/html; a=\"\n\"",
        "text/é", "te(xt/html",
        "text/html; a=b,", "text/html; a=(b)", "text/html; a*",
    ])
    func refusesWhatIsMalformed(value: String) {
        #expect(media(value) == nil)
    }

    @Test func refusesAParameterThatIsNotUTF8() {
        #expect(MediaType(HostileOctets.embedded(Array("a/b; c=\"".utf8) + [0xff] + Array("\"".utf8))) == nil)
    }

    @Test func readsSixteenParametersAndNotOneMore() {
        let parameters = (0..<17).map { "; p\($0)=v" }
        #expect(media("a/b" + parameters.prefix(16).joined())?.parameter("p15") == "v")
        #expect(media("a/b" + parameters.joined()) == nil)
    }

    @Test func knowsJSON() {
        for value in [
            "application/json", "Application/JSON; charset=utf-8", "application/problem+json",
            "application/a+b+json",
        ] {
            #expect(media(value)?.isJSON == true)
        }
        for value in [
            "text/json", "application/jsonx", "application/x-json", "application/+json",
            "application/json+xml", "text/a+json",
        ] {
            #expect(media(value)?.isJSON == false)
        }
    }

    @Test func knowsForms() {
        #expect(media("application/X-WWW-form-urlencoded; charset=UTF-8")?.isForm == true)
        #expect(media("multipart/form-data")?.isForm == false)
        #expect(media("text/x-www-form-urlencoded")?.isForm == false)
        #expect(media("Multipart/Form-Data; boundary=x")?.isMultipartForm == true)
        #expect(media("multipart/mixed; boundary=x")?.isMultipartForm == false)
        #expect(media("application/form-data")?.isMultipartForm == false)
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() {
        #expect(media("a/b" + String(repeating: "; ", count: 200_000)) != nil)
        #expect(media("a/b; c=\"" + String(repeating: "\\\"", count: 200_000)) == nil)
        #expect(media("a/b" + String(repeating: ";a=b", count: 100_000)) == nil)
    }

    @Test func namesStayLowerCaseTokensUnderDamage() {
        var random = HostileOctets(seed: 4)
        var accepted = 0
        for _ in 0..<20_000 {
            let value = random.damaged(
                ["multipart/form-data; boundary=abc", "Text/HTML;a=\"b\\\"c\"", "application/json"],
                pieces: [";", "=", "\"", "\\", "; x=y", "/", " ", ",", "*", "\"\""])
            guard let media = MediaType(HostileOctets.embedded(value)) else { continue }
            accepted += 1
            for name in [media.type, media.subtype] {
                #expect(SetCookie.isValidName(name) && !name.utf8.contains { (0x41...0x5a).contains($0) })
            }
            // What the plain reading sees up to the first parameter.
            let head = value.prefix { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: ";") }
            #expect(String(decoding: head, as: UTF8.self).lowercased() == "\(media.type)/\(media.subtype)")
        }
        #expect(accepted > 4_000)
    }
}
