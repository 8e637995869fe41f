import Crypto
import Testing

@Suite struct SealingKeyTests {
    private let key = SealingKey.random()

    @Test(arguments: [0, 1, 32, 10_000])
    func opensWhatItSealed(length: Int) {
        let message = SecureRandom.bytes(length)
        let sealed = key.seal(message, for: "purpose")
        #expect(key.open(sealed, for: "purpose") == message)
        #expect(sealed.count == length + 24 + 16)
    }

    @Test func sealsTheSameTwiceDifferently() {
        #expect(key.seal([1], for: "a") != key.seal([1], for: "a"))
    }

    @Test func opensForNoOtherPurposeAndUnderNoOtherKey() {
        let sealed = key.seal([1, 2, 3], for: "a")
        #expect(key.open(sealed, for: "b") == nil)
        #expect(key.open(sealed, for: "") == nil)
        #expect(SealingKey.random().open(sealed, for: "a") == nil)
    }

    @Test func noticesEveryChangedBit() {
        let sealed = key.seal([7, 7], for: "a")
        for bit in 0..<(sealed.count * 8) {
            var changed = sealed
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(key.open(changed, for: "a") == nil, "bit \(bit)")
        }
    }

    @Test func refusesWhatIsTooShortOrLongerThanItWas() {
        let sealed = key.seal([], for: "a")
        for count in 0..<sealed.count { #expect(key.open(Array(sealed.prefix(count)), for: "a") == nil) }
        #expect(key.open(sealed + [0], for: "a") == nil)
    }

    @Test func isTheKeyThatSomebodyWroteDown() throws {
        let token = SecretToken.random()
        let again = try #require(SecretToken(Array(token.text.utf8)[...]))
        #expect(SealingKey(again).open(SealingKey(token).seal([5], for: "a"), for: "a") == [5])
    }

    @Test func hidesItsContent() {
        #expect("\(key)" == "SealingKey(…)")
        #expect(Mirror(reflecting: key).children.isEmpty)
    }
}
