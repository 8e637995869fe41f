import HTTP
import Testing

@testable import Auth

/// The examples of RFC 7616 §3.9, https://www.rfc-editor.org/rfc/rfc7616#section-3.9
@Suite struct DigestProofTests {
    static func credentials(_ text: String) -> DigestCredentials? {
        AuthorizationField(Array("Digest \(text)".utf8)[...]).flatMap(DigestCredentials.init)
    }

    /// §3.9.1, with `response` and `algorithm` left open.
    private static let first = #"""
        username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", \#
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, \#
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, \#
        opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
        """#

    @Test(arguments: [
        (DigestAlgorithm.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (.sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ])
    func computesTheFirstExample(_ algorithm: DigestAlgorithm, _ response: String) throws {
        let credentials = try #require(
            Self.credentials(Self.first + ", algorithm=\(algorithm.rawValue), response=\"\(response)\""))
        #expect(credentials.name == .plain("Mufasa") && credentials.count == 1)
        let key = DigestProof.key(
            "Mufasa", realm: "http-auth@example.org", "Circle of Life", algorithm)
        let proof = DigestProof(credentials, method: "GET")
        #expect(proof.response(key) == credentials.response)
        #expect(DigestProof(credentials, method: "HEAD").response(key) != credentials.response)
        // What the server proves in turn is about the same, without a method.
        #expect(proof.answer(key) != Hexadecimal.digits(of: credentials.response))
        #expect(
            proof.answer(key) == Hexadecimal.digits(of: DigestProof(credentials, method: "").response(key)))
    }

    /// §3.9.2 is of SHA-512-256, which we do not offer, and its `userhash` and `response` are not what that function
    /// gives (the errata say so). What applies is how the name is written: hashed, or encoded.
    @Test func readsTheNameOfTheSecondExample() throws {
        let rest = #"""
            realm="api@example.org", uri="/doe.json", nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", \#
            nc=00000001, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm", qop=auth, algorithm=SHA-256, \#
            response="ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd"
            """#
        let hash = "488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec"
        let hashed = try #require(Self.credentials("username=\"\(hash)\", userhash=true, " + rest))
        #expect(hashed.name == .hashed(try #require(Hexadecimal.octets(of: hash.utf8))))
        let encoded = try #require(Self.credentials("username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, " + rest))
        #expect(encoded.name == .plain("Jäsøn Doe"))
        #expect(Self.credentials(rest + ", username=\"x\", algorithm=SHA-512-256") == nil)
    }

    /// By hashlib of Python: H("Jäsøn Doe:api@example.org").
    @Test func hashesANameInUTF8() {
        #expect(
            Hexadecimal.digits(
                of: DigestProof.hashedName("Jäsøn Doe", realm: "api@example.org", .sha256))
                == Array("5a1a8a47df5c298551b9b42ba9b05835174a5bd7d511ff7fe9191d8e946fc4e7".utf8))
    }
}
