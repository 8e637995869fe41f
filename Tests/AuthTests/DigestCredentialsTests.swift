import HTTP
import Testing

@testable import Auth

@Suite struct DigestCredentialsTests {
    private static let usual: [(String, String)] = [
        ("username", #""ada@example.org""#), ("realm", #""sessiond""#), ("nonce", #""abc""#),
        ("uri", #""/a?b=c""#), ("response", "\"" + String(repeating: "0a", count: 32) + "\""),
        ("algorithm", "SHA-256"), ("cnonce", #""xyz""#), ("nc", "0000000a"), ("qop", "auth"),
    ]

    /// The usual parameters, with these in place of or beside them; nil: without.
    private func read(_ changes: [String: String?] = [:]) -> DigestCredentials? {
        var parameters = Self.usual
        for (name, value) in changes {
            parameters.removeAll { $0.0 == name }
            if let value { parameters.append((name, value)) }
        }
        return DigestProofTests.credentials(parameters.map { "\($0)=\($1)" }.joined(separator: ", "))
    }

    @Test func readsWhatClientsSend() throws {
        let credentials = try #require(read())
        #expect(credentials.name == .plain("ada@example.org"))
        #expect(credentials.count == 10 && credentials.algorithm == .sha256)
        #expect(credentials.uri == Array("/a?b=c".utf8))
        #expect(credentials.response.count == 32)
    }

    @Test(arguments: [
        ["algorithm": #""SHA-256""#], ["algorithm": "sha-256"], ["qop": #""auth""#], ["nc": #""0000000A""#],
        ["userhash": "false"], ["userhash": "FALSE"], ["opaque": #""x""#], ["something": "else"],
        ["response": "\"" + String(repeating: "0A", count: 32) + "\""],
        ["username": #""a\da@example.org""#], ["charset": "UTF-8"], ["nc": "ffffffff"],
    ])
    func allowsWhatIsHarmless(_ changes: [String: String]) {
        #expect(read(changes) != nil)
    }

    @Test(arguments: usual.map(\.0).filter { $0 != "algorithm" })
    func nothingMayBeMissing(_ name: String) {
        #expect(read([name: String?.none]) == nil)
    }

    @Test func withoutAnAlgorithmItIsMD5() {
        let response = "\"" + String(repeating: "0a", count: 16) + "\""
        #expect(read(["algorithm": nil, "response": response])?.algorithm == .md5)
        #expect(read(["algorithm": nil]) == nil)
    }

    @Test(arguments: [
        ["qop": "auth-int"], ["qop": #""auth,auth-int""#], ["qop": "AUTH"], ["qop": #""""#],
        ["algorithm": "SHA-512-256"], ["algorithm": "SHA-256-sess"], ["algorithm": "MD5-sess"],
        ["algorithm": "MD4"], ["algorithm": "MD5"], ["algorithm": #""""#],
        ["nc": "1"], ["nc": "000000010"], ["nc": "0000000g"], ["nc": "00000000"], ["nc": "-0000001"],
        ["nc": "+0000001"], ["nc": #""""#],
        ["response": #""0a""#], ["response": "\"" + String(repeating: "0g", count: 32) + "\""],
        ["response": String(repeating: "0a", count: 32)], ["response": #""""#],
        ["response": "\"" + String(repeating: "0a", count: 33) + "\""],
        ["cnonce": #""""#], ["cnonce": "xyz"], ["nonce": "abc"], ["realm": "sessiond"],
        ["username": "ada"], ["userhash": "maybe"], ["userhash": "true"], ["username": "\"\u{7f}\""],
        ["username*": "UTF-8''ada"], ["username": #""ada"; x=y"#],
    ])
    func refusesTheRest(_ changes: [String: String]) {
        #expect(read(changes) == nil)
    }

    @Test(arguments: [
        ("UTF-8''ada%40example.org", "ada@example.org"), ("utf-8'de'%c3%a4", "ä"), ("UTF-8''", ""),
        ("ISO-8859-1''ada", nil), ("UTF-8'ada", nil), ("ada", nil), ("UTF-8''a'b", nil), ("UTF-8''%4", nil),
        ("UTF-8''%zz", nil), ("UTF-8''%ff", nil), (#""UTF-8''ada""#, nil), ("UTF-8''%c3", nil),
    ])
    func readsAnEncodedName(_ value: String, _ expected: String?) {
        let found = read(["username": nil, "username*": value])
        #expect(found?.name == expected.map { .plain($0) })
    }

    @Test func aHashedNameIsNotEncodedAndAsLongAsTheHash() {
        let hash = String(repeating: "0b", count: 32)
        #expect(
            read(["username": "\"\(hash)\"", "userhash": "true"])?.name
                == .hashed(Array(repeating: 11, count: 32)))
        #expect(read(["username": "\"\(hash)0b\"", "userhash": "true"]) == nil)
        #expect(read(["username": nil, "username*": "UTF-8''" + hash, "userhash": "true"]) == nil)
        #expect(read(["username": "\"\(hash)\""])?.name == .plain(hash))
    }

    @Test(arguments: ["nonce", "cnonce"])
    func noncesAreOfBoundedLength(_ name: String) {
        func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }
        #expect(read([name: text(256)]) != nil)
        #expect(read([name: text(257)]) == nil)
    }

    @Test func aNameThatIsNotUTF8IsNone() {
        var octets = Array(#"Digest realm="sessiond", username=""#.utf8) + [0xff]
        octets += Array(
            (#"", "#
                + Self.usual.filter { !["realm", "username"].contains($0.0) }
                .map { "\($0)=\($1)" }.joined(separator: ", ")).utf8)
        #expect(AuthorizationField(octets[...]) != nil)
        #expect(AuthorizationField(octets[...]).flatMap(DigestCredentials.init) == nil)
    }
}
