import Testing

@testable import HTTP

@Suite struct AuthorizationParametersTests {
    private func read(_ text: String) -> AuthorizationParameters? {
        AuthorizationParameters(Array(text.utf8)[...])
    }

    private func value(_ name: String, of text: String) -> String? {
        read(text)?[name].map { String(decoding: $0.octets, as: UTF8.self) }
    }

    @Test(arguments: [
        #"a=b"#, #"a="b""#, #"A=b"#, #"a = b"#, "a\t=\tb", #"a= "b""#, #", a=b"#, #"a=b,"#, #"a=b , , x=y"#,
        #"x="a=c", a=b"#, #"x="\",a=c", a=b"#, #"x="", a="\b""#, #"x=y,a=b"#,
    ])
    func findsAParameter(_ text: String) {
        #expect(value("a", of: text) == "b")
    }

    @Test func takesQuotesAndEscapesAway() {
        #expect(value("a", of: #"a="x\"y\\z, \w""#) == #"x"y\z, w"#)
        #expect(value("a", of: #"a="""#)?.isEmpty == true)
        #expect(value("a", of: #"a="é""#) == "é")
        #expect(read(#"a="b", c=d"#)?.quoted("a") == Array("b".utf8))
        #expect(read(#"a="b", c=d"#)?.quoted("c") == nil)
        #expect(value("username*", of: "username*=UTF-8''J%C3%A4s") == "UTF-8''J%C3%A4s")
    }

    @Test(arguments: [
        "a", "a=", "=b", "a=b c=d", #"a="b"#, #"a="b" c"#, #"a="b"c"#, #"a="\"#, #"a="b\""#, "a==b", "a=b=c",
        "a=b; c=d", "a=b, a=c", "a=b, A=b", #"a="b", a="b""#, "a b=c", "a=é", "a=b,,;", "a=\"b\u{1}\"",
        "a=\"b\u{7f}\"", "a=b/c", "a=b\u{0}",
    ])
    func refusesWhatIsMalformedOrThereTwice(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test func readsSixteenParametersAndNoMore() {
        func list(_ count: Int) -> String { (0..<count).map { "p\($0)=\($0)" }.joined(separator: ", ") }
        #expect(value("p15", of: list(16)) == "15")
        #expect(read(list(17)) == nil)
    }
}
