import Crypto
import Testing

@Suite struct AuthenticationKeyTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// What Python's hashlib.blake2b(message, digest_size=32, key=bytes(range(32))) says.
    @Test(arguments: [
        (0, "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"),
        (3, "e14fc9161564dd081204f2dd6146a9ffbef66f95d5dc80e0a225e213c09dad7b"),
    ])
    func makesTheCodesOfKeyedBLAKE2b(length: UInt8, code: String) throws {
        let key = try #require(AuthenticationKey(Array(0..<32)))
        #expect(hex(key.code(of: Array(0..<length)).bytes) == code)
    }

    @Test func anotherKeyMakesAnotherCode() throws {
        let key = AuthenticationKey.random()
        #expect(key.code(of: [1]) == (try #require(AuthenticationKey(key.bytes))).code(of: [1]))
        #expect(key.code(of: [1]) != AuthenticationKey.random().code(of: [1]))
        #expect(key.code(of: [1]) != key.code(of: [1, 0]))
    }

    @Test(arguments: [0, 31, 33]) func refusesEveryOtherLength(count: Int) {
        #expect(AuthenticationKey([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func hidesItsContent() {
        let key = AuthenticationKey.random()
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("bytes") && "\(key)" == "AuthenticationKey(…)")
    }
}
