import FoundationEssentials
import HTTP
import Testing

@testable import Auth

@Suite struct BasicSchemeTests {
    private func credentials(_ value: String) -> [String]? {
        AuthorizationField(Array(value.utf8)[...]).flatMap(BasicScheme.credentials).map {
            [$0.user, $0.password]
        }
    }

    private func encoded(_ octets: some Sequence<UInt8>) -> String {
        Data(octets).base64EncodedString()
    }

    /// RFC 7617 §2 and §2.1, https://www.rfc-editor.org/rfc/rfc7617
    @Test(arguments: [
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ["Aladdin", "open sesame"]),
        ("Basic dGVzdDoxMjPCow==", ["test", "123£"]),
    ])
    func readsTheExamplesOfTheRFC(_ value: String, _ expected: [String]) {
        #expect(credentials(value) == expected)
    }

    @Test(arguments: ["Basic", "basic", "BASIC", "bAsIc"])
    func readsTheSchemeInAnyCase(_ scheme: String) {
        #expect(credentials("\(scheme) YTpi") == ["a", "b"])
        #expect(credentials("\(scheme)    YTpi") == ["a", "b"])
    }

    @Test(arguments: [
        ("user:pass:word", ["user", "pass:word"]), ("user:", ["user", ""]), (":pass", ["", "pass"]),
        (":", ["", ""]), ("::", ["", ":"]), ("a: b ", ["a", " b "]), ("üser:pässwörd", ["üser", "pässwörd"]),
    ])
    func splitsAtTheFirstColon(_ pair: String, _ expected: [String]) {
        #expect(credentials("Basic " + encoded(pair.utf8)) == expected)
    }

    @Test(arguments: [
        "", " ", "Basic", "Basic ", "Basic !!!", "Basic YTpi Zg==", "Basic YTp", "Basic =",
        "BasicYTpi", "Basic\tYTpi", "Basic:YTpi", "Basi YTpi", "Basics YTpi", "Bearer YTpi", "Digest YTpi",
        "YTpi", " Basic YTpi", "Basic bm9jb2xvbg==", "Basic YT pi", "Basic YTpi\n", "Basic YTpi,YTpi",
        "Basic YTpi, Basic YTpi", "Basic _-__", "Ba\u{17f}ic YTpi",
        // Bits that are left over are not zero: another spelling of "a:" (RFC 4648 §3.5).
        "Basic YTp=", "Basic YTq=", "Basic YR==",
    ])
    func refusesWhatIsNotBasic(_ value: String) {
        #expect(credentials(value) == nil)
    }

    /// Replacing octets would make different passwords equal.
    @Test(
        arguments: [
            [0x61, 0x3a, 0xff], [0xff, 0x3a, 0x62], [0x61, 0x3a, 0xc0, 0xba], [0x61, 0x3a, 0xed, 0xa0, 0x80],
            [0x61, 0x3a, 0xc3],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ octets: [UInt8]) {
        #expect(credentials("Basic " + encoded(octets)) == nil)
    }

    /// RFC 7617 §2: neither part may have any.
    @Test(arguments: Array(UInt8(0)..<0x20) + [0x7f])
    func refusesControlCharacters(_ octet: UInt8) {
        #expect(credentials("Basic " + encoded([0x61, octet, 0x3a, 0x62])) == nil)
        #expect(credentials("Basic " + encoded([0x61, 0x3a, 0x62, octet])) == nil)
        #expect(credentials("Basic " + encoded([0x61, 0x20, 0x3a, 0x62, 0xc2, 0x80])) != nil)
    }

    @Test func readsASliceThatDoesNotBeginAtZero() {
        let line = Array("Authorization: Basic YTpi".utf8)
        let read = AuthorizationField(line[15...]).flatMap(BasicScheme.credentials)
        #expect(read?.user == "a")
        #expect(read?.password == "b")
    }
}
