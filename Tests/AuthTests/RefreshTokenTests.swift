import Crypto
import Foundation
import Testing

@testable import Auth

/// The text of a token.
@Suite struct RefreshTokenTests {
    private let key = AuthenticationKey.random()
    private let family = RefreshFamilyID(
        session: SessionID(high: 0x0123_4567_89ab_cdef, low: .max), number: 1 << 63)

    private func token(_ generation: Int64 = 5) -> RefreshToken {
        RefreshToken(family, generation: generation, under: key)
    }

    /// A text of these octets.
    private func text(_ octets: [UInt8]) -> String {
        let encoded = Data(octets).base64EncodedString()
        return "sessiond_rt_" + encoded.replacing("+", with: "-").replacing("/", with: "_")
    }

    private func octets(_ token: RefreshToken) throws -> [UInt8] {
        let encoded = token.text.dropFirst(12).replacing("-", with: "+").replacing("_", with: "/")
        return [UInt8](try #require(Data(base64Encoded: String(encoded))))
    }

    @Test(arguments: [0, 1, 255, 256, Int64.max - 1])
    func readsWhatItWrote(generation: Int64) throws {
        let read = try #require(RefreshToken(token(generation).text))
        #expect(read == token(generation))
        #expect((read.family, read.generation) == (family, generation))
        #expect(read.isGenuine(under: key))
    }

    @Test func hasAPrefixAndTheCharactersOfATokenInAForm() {
        for generation in 0..<64 as Range<Int64> {
            let text = token(generation).text
            #expect(text.hasPrefix("sessiond_rt_"))
            #expect(text.utf8.count == 76)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        }
    }

    @Test func isNotGenuineUnderAnotherKey() throws {
        #expect(try !#require(RefreshToken(token().text)).isGenuine(under: .random()))
    }

    @Test func isNotGenuineWithAnyBitChanged() throws {
        let genuine = try octets(token())
        #expect(RefreshToken(text(genuine)) == token())
        for index in genuine.indices {
            for bit in 0..<8 {
                var changed = genuine
                changed[index] ^= 1 << UInt8(bit)
                #expect(RefreshToken(text(changed))?.isGenuine(under: key) ?? false == false)
            }
        }
    }

    @Test func refusesAGenerationWithoutASuccessor() throws {
        #expect(RefreshToken(token(.max - 1).text) != nil)
        #expect(RefreshToken(token(.max).text) == nil)
        var negative = try octets(token())
        negative[24] |= 0x80
        #expect(RefreshToken(text(negative)) == nil)
    }

    @Test func refusesOtherLengths() throws {
        let genuine = try octets(token())
        for count in (0..<48).reversed() { #expect(RefreshToken(text(Array(genuine.prefix(count)))) == nil) }
        for count in [1, 2, 3, 48, 10_000] {
            #expect(RefreshToken(text(genuine + [UInt8](repeating: 0, count: count))) == nil)
        }
        let text = token().text
        for wrong in [
            "", "sessiond_rt_", String(text.dropLast()), text + "A", text + "=", String(text.dropFirst()),
        ] {
            #expect(RefreshToken(wrong) == nil)
        }
    }

    @Test(arguments: ["+", "/", "=", " ", "\n", "\0", "%", ".", "é", "\r\n", "🔑"])
    func refusesOtherCharacters(_ character: String) {
        let text = token().text
        for place in [12, 13, 40, 75] {
            // Of the same length in octets.
            let rest = text.utf8.dropFirst(place + character.utf8.count)
            let wrong = String(text.prefix(place)) + character + String(decoding: rest, as: UTF8.self)
            #expect(RefreshToken(wrong) == nil)
        }
        #expect(RefreshToken(character + text) == nil)
    }

    @Test func refusesAnotherPrefix() {
        let text = token().text
        #expect(RefreshToken(text.replacing("sessiond_rt_", with: "sessiond_RT_")) == nil)
        #expect(RefreshToken("sessiond_rt_" + text.dropFirst(11)) == nil)
    }

    @Test func showsNothingOfItself() {
        var dumped = ""
        dump(token(), to: &dumped)
        #expect("\(token())" == "RefreshToken(…)")
        #expect(!dumped.contains("family"))
    }
}
