import Crypto
import Testing

@Suite struct Base64URLTests {
    /// https://www.rfc-editor.org/rfc/rfc4648#section-10, without padding, and the two characters of its §5.
    @Test(arguments: [
        ([UInt8]("".utf8), ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"),
        (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"), (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"),
        ([0xfb, 0xff], "-_8"),
    ])
    func spellsAsTheRFC(octets: [UInt8], text: String) {
        #expect(Base64URL.text(octets) == Array(text.utf8))
        #expect(Base64URL.octets(text.utf8) == octets)
    }

    @Test(arguments: [
        "Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm9v ", "Zm9v\n", "+_8", "-/8", "Zm\u{0}9v", "é", "Zm9vY",
    ])
    func refusesEveryOtherSpelling(text: String) {
        #expect(Base64URL.octets(text.utf8) == nil)
    }

    @Test func refusesEveryOtherOctetInEveryPlace() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for octet in UInt8.min...UInt8.max {
            for place in 0..<4 {
                var text = Array("AAAA".utf8)
                text[place] = octet
                #expect((Base64URL.octets(text) != nil) == alphabet.contains(octet), "\(octet) at \(place)")
            }
        }
    }
}
