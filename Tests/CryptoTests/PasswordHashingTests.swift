import Crypto
import Glibc
import Testing

@Suite struct PasswordHashingTests {
    /// The smallest that the library takes, so that the tests are quick.
    private let quick = PasswordHashing(memoryKiB: 8, iterations: 1)

    @Test func verifiesThePasswordThatItHashed() throws {
        let phc = try PasswordHashing().hash("b4l0u")
        #expect(phc.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try PasswordHashing().verify("b4l0u", against: phc))
        #expect(try !PasswordHashing().verify("b4l0U", against: phc))
    }

    /// From the reference implementation's tests.
    ///
    /// https://github.com/P-H-C/phc-winner-argon2/blob/master/src/test.c
    @Test(arguments: [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    ]) func verifiesTheHashesOfOtherPrograms(phc: String) throws {
        #expect(try quick.verify("password", against: phc))
        #expect(try !quick.verify("passwore", against: phc))
        #expect(quick.needsRehash(phc))
    }

    @Test func saltsEveryHash() throws {
        #expect(try quick.hash("same") != quick.hash("same"))
    }

    @Test func verifiesUnderTheParametersOfTheHash() throws {
        let phc = try quick.hash("b4l0u")
        #expect(try PasswordHashing(memoryKiB: 64, iterations: 3).verify("b4l0u", against: phc))
    }

    @Test func doesNotStopAtAZeroByte() throws {
        let phc = try quick.hash("pass\0word")
        #expect(try quick.verify("pass\0word", against: phc))
        #expect(try !quick.verify("pass", against: phc))
        #expect(try !quick.verify("pass\0", against: phc))
        #expect(try !quick.verify("pass\0wort", against: phc))
        let leading = try quick.hash("\0a")
        #expect(try !quick.verify("", against: leading))
        #expect(try !quick.verify("\0b", against: leading))
    }

    @Test(arguments: [0, 1, 72, 73, 255, 256, 257]) func readsEveryByteOfALongPassword(length: Int) throws {
        let password = String(repeating: "x", count: length)
        let phc = try quick.hash(password)
        #expect(try quick.verify(password, against: phc))
        #expect(try !quick.verify(password + "x", against: phc))
        if length > 0 { #expect(try !quick.verify(password.dropLast() + "y", against: phc)) }
    }

    @Test func takesUnicodeAsItsBytes() throws {
        let phc = try quick.hash("пароль🔑é")
        #expect(try quick.verify("пароль🔑é", against: phc))
        #expect(try !quick.verify("пароль🔑e", against: phc))
    }

    @Test(arguments: [
        "", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$", "$2b$12$abc", "$argon2id$v=19$\0",
    ]) func refusesEveryPasswordForAMalformedHash(phc: String) throws {
        #expect(try !quick.verify("", against: phc))
        #expect(try !quick.verify("password", against: phc))
        #expect(quick.needsRehash(phc))
    }

    @Test func wantsARehashWhenTheParametersChanged() throws {
        let phc = try quick.hash("b4l0u")
        #expect(!quick.needsRehash(phc))
        #expect(PasswordHashing(memoryKiB: 8, iterations: 2).needsRehash(phc))
        #expect(PasswordHashing(memoryKiB: 16, iterations: 1).needsRehash(phc))
    }

    @Test func makesAPlaceholderThatCostsTheSame() throws {
        let phc = try quick.placeholderHash()
        #expect(!quick.needsRehash(phc))
        #expect(try !quick.verify("", against: phc))
        #expect(try quick.placeholderHash() != phc)
    }

    @Test(arguments: [
        (8, 1, true), (7, 1, false), (8, 0, false), (19_456, 2, true), (0, 1, false), (-1, 1, false),
        (8, -1, false), (Int.max, 1, false), (8, Int.max, false),
    ]) func knowsWhatTheLibraryTakes(memoryKiB: Int, iterations: Int, accepted: Bool) throws {
        let parameters = PasswordHashing(memoryKiB: memoryKiB, iterations: iterations)
        #expect(PasswordHashing.isAcceptable(parameters) == accepted)
        if !accepted { #expect(throws: CryptoFailure.self) { try parameters.hash("x") } }
    }

    /// Terabytes, which a system that does not overcommit without limit refuses.
    @Test(.enabled(if: !Self.overcommitsWithoutLimit)) func callsWantOfMemoryAFailureAndNotAWrongPassword() {
        let greedy = PasswordHashing(memoryKiB: 4_294_967_295, iterations: 1)
        #expect(throws: CryptoFailure.self) { try greedy.hash("x") }
        for lanes in [1, 4] {
            let phc =
                "$argon2id$v=19$m=999999999,t=1,p=\(lanes)$c29tZXNhbHRzb21lc2FsdA$"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            #expect(throws: CryptoFailure.self) { try greedy.verify("x", against: phc) }
        }
    }

    /// The first byte of `/proc/sys/vm/overcommit_memory` is a 1, or cannot be read.
    private static var overcommitsWithoutLimit: Bool {
        let file = open("/proc/sys/vm/overcommit_memory", O_RDONLY)
        guard file >= 0 else { return true }
        defer { close(file) }
        var byte: UInt8 = 0
        return read(file, &byte, 1) != 1 || byte == UInt8(ascii: "1")
    }
}
