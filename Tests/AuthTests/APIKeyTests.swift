import Crypto
import Testing

@testable import Auth

@Suite struct APIKeyTests {
    private func octets(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func readsWhatItWritesAndNamesTheSameHash() throws {
        let key = APIKey.random()
        #expect(key.text.utf8.count == 55 && key.text.hasPrefix("sdk_"))
        #expect(try #require(APIKey(octets(key.text))).digest == key.digest)
        #expect(APIKey.random().digest != key.digest)
        #expect(!String(describing: key).contains(key.text.dropFirst(4)))
    }

    /// `zlib.crc32(b"A" * 43)`
    @Test func takesTheChecksumOfZlib() throws {
        let key = "sdk_" + String(repeating: "A", count: 43) + "0c2b5986"
        #expect(try #require(APIKey(octets(key))).text == key)
    }

    @Test func refusesEachSingleTypingError() {
        let key = Array(APIKey.random().text.utf8)
        for index in key.indices {
            var wrong = key
            wrong[index] = wrong[index] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
            #expect(APIKey(wrong[...]) == nil)
            // Still of its form, unless the prefix or the length is wrong.
            #expect(APIKey.hasForm(wrong) == (index >= 4))
        }
    }

    @Test func refusesOtherLengthsPrefixesAndDigits() {
        let text = APIKey.random().text
        for wrong in [
            "", "sdk_", String(text.dropLast()), text + "0", " " + text, String(text.dropFirst()),
            text.replacing("sdk_", with: "SDK_"), text.replacing("sdk_", with: "sdk-"),
        ] { #expect(APIKey(octets(wrong)) == nil && !APIKey.hasForm(wrong.utf8)) }
        let shouted = text.prefix(47) + text.suffix(8).uppercased()
        #expect((APIKey(octets(String(shouted))) == nil) == (shouted != text))
    }

    @Test func appPasswordsAreFourGroupsOfUnambiguousCharacters() {
        let passwords = (0..<200).map { _ in AppPassword.random() }
        #expect(Set(passwords).count == 200)
        #expect(passwords.allSatisfy { $0.split(separator: "-").map(\.count) == [5, 5, 5, 5] })
        let characters = Set(passwords.joined().utf8)
        // 4,000 draws of 32: that one is missing has a chance of 1 in 10^53.
        #expect(characters == Set("0123456789abcdefghjkmnpqrstvwxyz-".utf8))
    }

    @Test func namesAreOneToAHundredCharactersWithoutControls() {
        for name in ["a", String(repeating: "é", count: 100), "🔑", " "] {
            #expect(CredentialTerms(name: name) != nil)
        }
        for name in ["", String(repeating: "a", count: 101), "a\nb", "a\u{7f}", "\u{1b}[2J", "a\u{85}"] {
            #expect(CredentialTerms(name: name) == nil)
        }
        // Scalars count: one character of many would be as long as it likes.
        #expect(CredentialTerms(name: "e" + String(repeating: "\u{301}", count: 100)) == nil)
    }

    @Test func livesAMinuteToTenYears() {
        for seconds in [60, 315_360_000] { #expect(CredentialTerms(name: "a", seconds: seconds) != nil) }
        for seconds in [59, 0, -1, .min, 315_360_001, .max] {
            #expect(CredentialTerms(name: "a", seconds: seconds) == nil)
        }
    }

    @Test func namesOfCredentialsAreThirtyTwoDigits() {
        let id = CredentialID.random()
        #expect(CredentialID(id.description) == id)
        #expect(CredentialID(high: 1, low: 255).description == "000000000000000100000000000000ff")
        for text in ["", "0", id.description + "0", id.description.uppercased() + "G"] {
            #expect(CredentialID(text) == nil)
        }
    }
}
