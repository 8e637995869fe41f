import Auth
import Testing

@Suite struct EmailAddressTests {
    private static let longLocal = String(repeating: "l", count: 64)
    private static let longLabel = String(repeating: "d", count: 63)
    /// 254 octets: 64, an @, and 189.
    private static let longest = "\(longLocal)@\(longLabel).\(longLabel).\(String(repeating: "d", count: 61))"

    @Test(arguments: [
        "a@b", "ada@example.org", "a@localhost", "first.last+tag@sub.example.co.uk", "o'brien@example.com",
        "!#$%&'*+/=?^_`{|}~-@example.org", "1@2", "-a-@b", "a@1-2.3", "dömäne@exämple.com", "用户@例子.广告",
        "\(longLocal)@example.org", "a@\(longLabel).org", longest, "e\u{301}@example.org", "👩@example.org",
    ])
    func acceptsAndKeepsEveryOctet(_ text: String) throws {
        let address = try #require(EmailAddress(text))
        #expect(address.text.utf8.elementsEqual(text.utf8))
    }

    @Test(arguments: [
        "", " ", "plain", "@", "a@", "@b", "a@b@c", "a@@b", "a b@c", "a@b c", ".a@b", "a.@b", "a..b@c",
        "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-", "a@b.-c", "a@b_c", "a@b!c", "<a@b>", "a,b@c", "a;b@c",
        "\"a b\"@c", "a@[127.0.0.1]", "a(comment)@b", "a\\@b", "a:b@c", "mailto:a@b", "a@b?subject=x",
        "\(longLocal)l@b", "a@\(longLabel)d.org", longest + "d",
        String(repeating: "é", count: 33) + "@b", "a@" + String(repeating: "é", count: 32),
        String(repeating: "x", count: 100_000), "a@" + String(repeating: "b.", count: 50_000),
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test(arguments: [
        "a\0b@c", "a@c\0", "a\r\nBcc: b@c", "a\tb@c", "a@b\rc", "a\u{7f}@b", "a\u{85}b@c", "a\u{a0}b@c",
        "a\u{200b}b@c", "a\u{200d}@b", "a\u{202e}b@c", "a\u{2028}b@c", "a\u{3000}b@c", "a\u{feff}b@c",
        "a\u{e000}@b", "a\u{378}@b", "a@b\u{ad}c",
    ])
    func refusesWhatCannotBeSeen(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    /// A combining mark joins the character before it, which must not hide that character.
    @Test(arguments: [
        "a..\u{301}b@c", ".\u{301}a@b", "a@-\u{301}b", "a@b.\u{301}c", "a@\u{301}b",
        "a@\u{301}b@c",
    ])
    func refusesADotAnAtOrAHyphenUnderACombiningMark(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    /// In lower case it would be "k", and the address that of somebody else.
    @Test(arguments: ["\u{212a}ate@example.org", "ada@\u{212a}.org"])
    func refusesTheKelvinSign(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test(arguments: [
        ("ada@example.org", "ADA@EXAMPLE.ORG"), ("Ada@Example.Org", "aDA@eXAMPLE.oRG"),
        ("DÖMÄNE@exämple.com", "dömäne@EXÄMPLE.com"), ("ада@пример.рф", "АДА@ПРИМЕР.РФ"),
        ("  ada@example.org\t", "ada@example.org"), ("\r\nada@example.org\u{a0}", "ADA@example.org"),
    ])
    func isTheSameWhateverTheCaseAndTheSpaceAround(_ a: String, _ b: String) throws {
        let (one, other) = (try #require(EmailAddress(a)), try #require(EmailAddress(b)))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(one.key.utf8.elementsEqual(other.key.utf8))
    }

    @Test(arguments: [
        ("ada@example.org", "ada@example.com"), ("a.da@example.org", "ada@example.org"),
        ("ada+x@example.org", "ada@example.org"), ("ada@example.org", "adа@example.org"),
        // The stores compare octets.
        ("\u{e9}@example.org", "e\u{301}@example.org"),
    ])
    func isAnotherWhenMoreThanTheCaseDiffers(_ a: String, _ b: String) throws {
        let (one, other) = (try #require(EmailAddress(a)), try #require(EmailAddress(b)))
        #expect(one != other)
        #expect(!one.key.utf8.elementsEqual(other.key.utf8))
    }

    @Test func trimsAroundAndKeepsTheCase() {
        #expect(EmailAddress("\n \u{3000}Ada@Example.ORG \r\n")?.text == "Ada@Example.ORG")
    }

    @Test func countsTheLengthAfterTrimming() {
        #expect(EmailAddress(String(repeating: " ", count: 1_000) + Self.longest) != nil)
    }
}
