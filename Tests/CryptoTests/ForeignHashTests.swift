import Testing

@testable import Crypto

/// Hashes that other programs made: Python's bcrypt 5.0, passlib 1.7.4, Django 5.2 and argon2-cffi 25.1.
@Suite struct ForeignHashTests {
    private let quick = PasswordHashing(memoryKiB: 8, iterations: 1)

    static let password = "correct h\u{f6}rse"

    static let hashes = [
        "$2a$04$Fz/PV7EuWLPzr6rzLHKRf.CHMQR2bSywsTCb9ZvxVMuA/NPtN7qLC",
        "$2b$04$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa",
        "$2y$04$U.3TAmaNIqtObuC1gwZ9dOciFxwcbumBBsMI/tXYBnbwoOTAlrD8C",
        "$6$u4AnMeJFDZq9nyri$GbKJ3H89i.WTa58aRzpWJ.wJrudHEEXN5KwVWxi3IkPnCylomLCASI8HLyea4/.d3oJLoNS9dcc/c9MXLBZ"
            + ".i1",
        "$6$rounds=1000$5xxmHESw.yjg/ikD$a3Wa1wqvuB7SSLnnbmXO.2SbnJMw5ZSZz1CWkNSs5Tgc/Rp6tXbRxyOYX4WPi6ohP6bHiyc"
            + "ZrhdRAWNiPWnhx.",
        "$scrypt$ln=4,r=8,p=1$AECIkTLGWGtNifHe+59zjg$I4GDMq+ZJwXEo66MtDiaAe04bz9hisQOlBIOz4AwQrU",
        "$scrypt$ln=10,r=4,p=2$m/N+T2ltTYmR0vp/L4VQCg$4WMp23SBNKaF9atR7LTe/yUQmhI2iB+ds9KQR4rBmVs",
        "$pbkdf2$10$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY",
        "$pbkdf2-sha256$10$ynnvPefcWyslpHSu9Z4zZg$7K8Is13ZndNWWAbZpOux0nThUi7WVoqMhdvL1ubk9r0",
        "$pbkdf2-sha512$10$.p9zjjFGaK3Vei.FMAaAMA$gX44ibKGGGwgAfK33uf3A1N6vSmjQFEM.ooGGeFSK8qQMlPeS/29XWTKSJyek"
            + "Px2383TRQ0QNMWJRsfMhQwIPA",
        "pbkdf2_sha256$10$saltsalt$xQ3sve+1aHgNho7esM6GwXzzjjS7aJusH8EM9RSg1P4=",
        "$argon2id$v=19$m=64,t=3,p=4$ZHoiB9rqnlu3d/EF5Q1EKQ$fMc7AANbkTxMtyDXA2u9WxA3XJYwgftflnghdV8VxJk",
        "$argon2i$v=19$m=64,t=3,p=4$jP0y4EoxE9oU4j93nlw5Gw$fy3CgtJ8Jl3WmoLdvQDwtmAcnX7QTuGZTeC0RjUJQrg",
    ]

    @Test(arguments: hashes) func verifiesThePasswordAndNoOther(hash: String) throws {
        #expect(try quick.verify(Self.password, against: hash))
        for wrong in ["", "correct horse", "correct h\u{f6}rs", "correct h\u{f6}rse ", "\0" + Self.password] {
            #expect(try !quick.verify(wrong, against: hash))
        }
        #expect(quick.needsRehash(hash))
        #expect(quick.importRefusal(of: hash) == nil)
    }

    @Test(arguments: hashes) func neverCutsAPasswordAtANUL(hash: String) throws {
        #expect(try !quick.verify(Self.password + "\0", against: hash))
        #expect(try !quick.verify(Self.password + "\0x", against: hash))
    }

    @Test(arguments: hashes) func aHashWithAnotherLastCharacterIsAnother(hash: String) throws {
        let place = hash.index(hash.endIndex, offsetBy: -3)
        let other: Character = hash[place] == "A" ? "B" : "A"
        let changed = hash.replacingCharacters(at: place, with: other)
        #expect(try !quick.verify(Self.password, against: changed))
    }

    /// bcrypt reads 72 octets: who had a longer password signs in once more with it.
    @Test func bcryptReads72OctetsAsItDidElsewhere() throws {
        let hash = "$2b$04$5uPjqqWKd5zsRURIQvh6oeaCXH9apwM3etTKigdRMQvNZ7EVrZR9G"
        let longest = String(repeating: "x", count: 72)
        #expect(try quick.verify(longest, against: hash))
        #expect(try quick.verify(longest + "and more", against: hash))
        #expect(try !quick.verify(longest + "and\0more", against: hash))
        #expect(try !quick.verify(String(longest.dropLast()), against: hash))
    }

    @Test(arguments: hashes) func everyCutOfAHashIsNobodys(hash: String) throws {
        for count in 0..<hash.count {
            let cut = String(hash.prefix(count))
            #expect(try !quick.verify(Self.password, against: cut))
            // Argon2 hashes may have any length, which is a part of what is hashed.
            if !hash.hasPrefix("$argon2") { #expect(quick.importRefusal(of: cut) != nil) }
        }
    }

    /// Any octet in any place: no crash, and only one hash is the right one.
    @Test(arguments: hashes) func survivesAnyCharacterInAnyPlace(hash: String) throws {
        for place in hash.indices {
            for other: Character in ["$", "0", "9", ",", "=", "*", "\0", "\n", "\u{e9}"]
            where other != hash[place] {
                let changed = hash.replacingCharacters(at: place, with: other)
                guard quick.importRefusal(of: changed) == nil, PasswordHashing.memory(of: changed) < 1 << 24,
                    isCheap(changed)
                else { continue }
                #expect(try !quick.verify("another password", against: changed))
            }
        }
    }

    private func isCheap(_ hash: String) -> Bool {
        switch PasswordHash(hash) {
        case .bcrypt(let cost): cost < 8
        case .sha512Crypt(let rounds): rounds < 20_000
        default: true
        }
    }

    @Test(arguments: [
        ("$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        ("$argon2id$v=19$m=1048576,t=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true),
        ("$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        ("$argon2id$v=19$m=1048576,t=9,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        (
            "$argon2id$v=19$m=999999999,t=999999999,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            false
        ),
        ("$argon2id$v=19$m=8,t=1,p=65$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        ("$2b$15$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa", true),
        ("$2b$16$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa", false),
        ("$2b$03$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa", false),
        ("$2b$99$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa", false),
        ("$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true),
        ("$scrypt$ln=18,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        ("$scrypt$ln=14,r=8,p=32$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true),
        ("$scrypt$ln=14,r=8,p=33$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        (
            "$scrypt$ln=1,r=999999999,p=999999999$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            false
        ),
        ("$scrypt$ln=999999999,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false),
        ("$pbkdf2$5000000$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY", true),
        ("$pbkdf2$5000001$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY", false),
        ("$6$rounds=2000000$salt$" + String(repeating: "a", count: 86), true),
        ("$6$rounds=2000001$salt$" + String(repeating: "a", count: 86), false),
        ("$6$rounds=999999999$salt$" + String(repeating: "a", count: 86), false),
        ("$6$rounds=999$salt$" + String(repeating: "a", count: 86), false),
    ]) func takesCostsUpToABoundAndNotBeyond(hash: String, isTaken: Bool) throws {
        #expect(PasswordHash(hash) != nil)
        let refusal = quick.importRefusal(of: hash)
        #expect(refusal == (isTaken ? nil : "the password hash costs too much to verify"))
        // At once: a hash that is not affordable is not computed.
        if !isTaken { #expect(try !quick.verify("x", against: hash)) }
    }

    @Test func ourOwnHashesMayCostMoreIfTheyAreSetSo() throws {
        let hash = "$argon2id$v=19$m=2097152,t=64,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        #expect(quick.importRefusal(of: hash) != nil)
        #expect(PasswordHashing(memoryKiB: 2_097_152, iterations: 64).importRefusal(of: hash) == nil)
    }

    @Test(arguments: [
        "", "$", "$$", "$$$$$$", "plain", "$1$salt$hash", "$5$salt$hash", "$7$abc", "$y$j9T$salt$hash",
        "$2x$04$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa",
        "$2b$4$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa",
        "$2b$04$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa$",
        "$6$rounds=+5000$salt$" + String(repeating: "a", count: 86),
        "$6$rounds=05000$salt$" + String(repeating: "a", count: 86),
        "$6$rounds=1000000000$salt$" + String(repeating: "a", count: 86),
        "$6$seventeenletterss$" + String(repeating: "a", count: 86),
        "$6$salt$" + String(repeating: "a", count: 85),
        "$scrypt$r=8,ln=4,p=1$AECIkTLGWGtNifHe+59zjg$I4GDMq+ZJwXEo66MtDiaAe04bz9hisQOlBIOz4AwQrU",
        "$scrypt$ln=0,r=8,p=1$AECIkTLGWGtNifHe+59zjg$I4GDMq+ZJwXEo66MtDiaAe04bz9hisQOlBIOz4AwQrU",
        "$scrypt$ln=4,r=8,p=1$AECIkTLGWGtNifHe+59zjg$",
        "$pbkdf2-sha1$10$VCqF8N57$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY",
        "$pbkdf2$0$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY",
        "$pbkdf2-sha256$10$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY",
        "pbkdf2_sha256$10$saltsalt$xQ3sve+1aHgNho7esM6GwXzzjjS7aJusH8EM9RSg1P4",
        "$argon2d$v=19$m=64,t=3,p=4$ZHoiB9rqnlu3d/EF5Q1EKQ$fMc7AANbkTxMtyDXA2u9WxA3XJYwgftflnghdV8VxJk",
        "$argon2id$v=16$m=64,t=3,p=4$ZHoiB9rqnlu3d/EF5Q1EKQ$fMc7AANbkTxMtyDXA2u9WxA3XJYwgftflnghdV8VxJk",
        "$argon2id$m=64,t=3,p=4$ZHoiB9rqnlu3d/EF5Q1EKQ$fMc7AANbkTxMtyDXA2u9WxA3XJYwgftflnghdV8VxJk",
        String(repeating: "$", count: 10_000), "$2b$04$" + String(repeating: "a", count: 10_000),
    ]) func whatIsNoHashIsNobodys(text: String) throws {
        #expect(PasswordHash(text) == nil)
        #expect(try !quick.verify("", against: text))
        #expect(quick.needsRehash(text))
        #expect(PasswordHashing.memory(of: text) == 0)
        #expect(quick.importRefusal(of: text) == "not a password hash of a known kind")
    }

    @Test(arguments: [
        (
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            19_456 * 1_024
        ),
        ("$scrypt$ln=14,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 16_778_240),
        ("$2b$12$yAFH.EHEsHBaEyxMaBlhJeRLEqeU.6uC3G2.2NLov3jw9WxS/QQQa", 32_768),
    ]) func tellsTheMemoryThatVerifyingTakes(hash: String, octets: Int) {
        #expect(PasswordHashing.memory(of: hash) == octets)
    }

    @Test func hashesSideBySideOnManyThreads() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                for hash in Self.hashes {
                    group.addTask { try quick.verify(Self.password, against: hash) }
                    group.addTask { try !quick.verify("wrong", against: hash) }
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }
}

extension String {
    fileprivate func replacingCharacters(at place: Index, with other: Character) -> String {
        self[..<place] + String(other) + self[index(after: place)...]
    }
}
