import Crypto
import Testing

@Suite struct SecretTokenTests {
    private func read(_ text: String) -> SecretToken? { SecretToken(Array(text.utf8)[...]) }

    @Test func readsWhatItWrote() throws {
        for _ in 0..<1_000 {
            let token = SecretToken.random()
            let again = try #require(read(token.text))
            #expect(again.text == token.text)
            #expect(again.digest == token.digest)
        }
    }

    @Test func writesFortyThreeCharactersOfBase64url() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var seen: Set<Character> = []
        for _ in 0..<200 {
            let text = SecretToken.random().text
            #expect(text.utf8.count == SecretToken.length)
            seen.formUnion(text)
        }
        #expect(seen == alphabet)
    }

    /// Bytes 00 to 1f, all zeros and all ones, encoded by another implementation (Python's `base64`).
    @Test(arguments: [
        (
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "cb2f5160fc1f7e05a55ef49d340b48da2e5a78099d53393351cd579dd42503d6"
        ),
        (
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "89eb0d6a8a691dae2cd15ed0369931ce0a949ecafa5c3f93f8121833646e15c3"
        ),
        (
            "__________________________________________8",
            "e2021160500f01190b8b9f36f9d0d1dacf8e91ae70deed6ddda43ed414585ed4"
        ),
    ]) func agreesWithAnotherImplementation(text: String, blake2b: String) throws {
        let token = try #require(read(text))
        #expect(token.text == text)
        let hex = token.digest.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == blake2b)
    }

    @Test func readsASliceThatDoesNotStartAtZero() throws {
        let token = SecretToken.random()
        let header = Array("session_id=\(token.text); x".utf8)
        #expect(SecretToken(header[11..<54])?.text == token.text)
    }

    @Test(arguments: [0, 1, 42, 44, 64]) func refusesEveryOtherLength(length: Int) {
        #expect(read(String(repeating: "A", count: length)) == nil)
    }

    /// Every byte at every place: a character of the alphabet is read, any other is not.
    @Test func refusesEveryByteOutsideTheAlphabetAtEveryPlace() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        for place in 0..<42 {
            var text = [UInt8](repeating: UInt8(ascii: "A"), count: 43)
            let wrong = (UInt8.min...UInt8.max).filter { byte in
                text[place] = byte
                let again = SecretToken(text[...]).map { Array($0.text.utf8) }
                return again != (alphabet.contains(byte) ? text : nil)
            }
            #expect(wrong == [], "at \(place)")
        }
    }

    /// The last character holds four bits of the token; the sixteen that leave the other two zero are read.
    @Test func refusesASecondSpellingOfTheSameToken() {
        let prefix = String(repeating: "A", count: 42)
        let read = (UInt8.min...UInt8.max).filter { SecretToken((Array(prefix.utf8) + [$0])[...]) != nil }
        #expect(read == Array("AEIMQUYcgkosw048".utf8).sorted())
    }

    @Test func refusesPaddingAndTheOtherAlphabet() {
        #expect(read(String(repeating: "A", count: 42) + "=") == nil)
        #expect(read(String(repeating: "A", count: 43) + "=") == nil)
        #expect(read("+" + String(repeating: "A", count: 42)) == nil)
        #expect(read("/" + String(repeating: "A", count: 42)) == nil)
    }

    @Test func neverRepeats() {
        #expect(Set((0..<1_000).map { _ in SecretToken.random().digest }).count == 1_000)
    }

    @Test func hidesItselfFromLogs() {
        let token = SecretToken.random()
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped, "\(token.digest)"] {
            #expect(text.contains("(…)"))
            #expect(!text.contains(token.text))
            #expect(!text.contains { $0.isNumber })
        }
    }
}
