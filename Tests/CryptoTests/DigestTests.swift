import Crypto
import Testing

@Suite struct DigestTests {
    @Test func keepsItsBytes() throws {
        let bytes = SecureRandom.bytes(32)
        let digest = try #require(Digest(bytes))
        #expect(digest.bytes == bytes)
        #expect(Digest(bytes[...]) == digest)
        #expect(digest.prefix == bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) })
        let (a, b, c, d) = digest.words
        #expect(Digest(words: (a, b, c, d)) == digest)
    }

    @Test(arguments: [0, 31, 33]) func refusesEveryOtherLength(count: Int) {
        #expect(Digest([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func differsInEveryByte() throws {
        let bytes = SecureRandom.bytes(32)
        for place in 0..<32 {
            var other = bytes
            other[place] ^= 1
            #expect(Digest(other) != Digest(bytes))
        }
    }
}

@Suite struct SecureRandomTests {
    @Test(arguments: [0, 1, 16, 1_000]) func givesAsManyBytesAsAsked(count: Int) {
        #expect(SecureRandom.bytes(count).count == count)
    }

    /// Each of 1,000 bits fails to appear in 64 draws with a probability of 2⁻⁶⁴.
    @Test func setsEveryBitSometimes() {
        let bytes = (0..<64).reduce(into: [UInt8](repeating: 0, count: 125)) { seen, _ in
            for (index, byte) in SecureRandom.bytes(125).enumerated() { seen[index] |= byte }
        }
        #expect(bytes.allSatisfy { $0 == 0xff })
        #expect((0..<64).reduce(UInt64(0)) { seen, _ in seen | SecureRandom.uint64() } == .max)
    }
}

@Suite struct ConstantTimeTests {
    @Test func tellsEqualFromDifferent() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([0, 2, 3], [1, 2, 3]))
    }

    @Test func tellsAPrefixFromTheWhole() {
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
        #expect(!ConstantTime.equal([], [0]))
    }
}
