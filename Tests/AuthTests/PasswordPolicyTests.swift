import Testing

@testable import Auth

@Suite struct PasswordPolicyTests {
    private func refusal(
        _ password: String, _ policy: PasswordPolicy = PasswordPolicy(), of email: String = "ada@example.org"
    ) -> String? {
        guard let email = EmailAddress(email) else { preconditionFailure("not an address: \(email)") }
        return policy.refusal(of: password, for: email)
    }

    @Test func acceptsFrom5To256OctetsByDefault() {
        for length in [5, 6, 255, 256] {
            #expect(refusal(String(repeating: "~", count: length)) == nil)
        }
    }

    @Test func refusesOneOctetTooFewOrTooMany() {
        #expect(refusal("xxxx") == "password is too short (at least 5 bytes)")
        #expect(refusal("") == "password is too short (at least 5 bytes)")
        #expect(
            refusal(String(repeating: "x", count: 257))
                == "password is too long (at most 256 bytes)")
    }

    @Test func countsOctetsNotCharacters() {
        #expect(refusal("éé") != nil)
        #expect(refusal("ééx") == nil)
        #expect(refusal("👩‍🚀") == nil)
        #expect(refusal(String(repeating: "é", count: 128)) == nil)
        #expect(refusal(String(repeating: "é", count: 128) + "x") != nil)
    }

    @Test func acceptsAnyCharacter() {
        for password in ["\0\0\0\0\0", "     ", "\r\n\r\n\r\n", "\u{202e}\u{feff}", "; DROP TABLE users"] {
            #expect(refusal(password) == nil)
        }
    }

    @Test func takesTheMinimumOfTheOperator() {
        let policy = PasswordPolicy(minimumLength: 12)
        #expect(refusal("elevenchars", policy) == "password is too short (at least 12 bytes)")
        #expect(refusal("twelve chars", policy) == nil)
    }

    @Test func demandsEightCharactersOnceTheMinimumIsEight() {
        let (seven, refused) = (
            String(repeating: "\u{1f600}", count: 7), "password is too short (at least 8 characters)"
        )
        #expect(refusal(seven, PasswordPolicy(minimumLength: 12)) == refused)
        #expect(refusal(seven, PasswordPolicy(minimumLength: 8)) == refused)
        #expect(refusal(seven, PasswordPolicy(minimumLength: 7)) == nil)
        #expect(refusal(seven + "\u{1f600}", PasswordPolicy(minimumLength: 12)) == nil)
    }

    @Test func wordsDoNotCountInTheLength() {
        let policy = PasswordPolicy(minimumLength: 12, words: ["Acme", "acme rocket", "\u{e9}cole"])
        let refused = "password is too short without easily guessed words (at least 12 bytes)"
        for password in [
            "acmeACMEacme-2026", "Acme Rocket Acme!", "elevenacmechars", "e\u{301}cole\u{c9}COLE!!!",
            "acme12345678acme901",
        ] {
            #expect(refusal(password, policy) == refused)
            #expect(refusal(password, PasswordPolicy(minimumLength: 12)) == nil)
        }
        for password in ["twelve charsacme", "acmetwelve chars", "acm e-lovelace", "acmacmeetwelve cha"] {
            #expect(refusal(password, policy) == nil)
        }
        #expect(refusal("acmeacme", PasswordPolicy(words: ["acme"])) != nil, "nothing is left")
    }

    @Test func anEmptyWordIsNone() {
        #expect(refusal("twelve chars", PasswordPolicy(minimumLength: 12, words: [""])) == nil)
    }

    @Test func saysNothingOfThePassword() {
        let refusal = self.refusal("hunter2", PasswordPolicy(minimumLength: 12))
        #expect(refusal?.contains("hunter2") == false)
    }

    @Test func countsWhatIsNormalized() {
        #expect(refusal("e\u{301}e\u{301}") != nil, "six octets become four")
        #expect(refusal("e\u{301}e\u{301}x") == nil)
        let grows = String(repeating: "\u{344}", count: 64)
        #expect(refusal(grows) == nil, "128 octets become 256")
        #expect(refusal(grows + "x") == "password is too long (at most 256 bytes)")
        let shrinks = String(repeating: "e\u{301}", count: 86)
        #expect(
            refusal(shrinks) == "password is too long (at most 256 bytes)",
            "258 octets are too many to look at")
    }

    @Test(arguments: ["password", "PassWord", "123456", "hunter2"]) func refusesCommonOnes(password: String) {
        #expect(refusal(password) == "password is too common")
        #expect(refusal(password, PasswordPolicy(refusesCommon: false)) == nil)
    }

    @Test func refusesTheOwnAddressInWhateverCase() {
        for password in [
            "Grace.Hopper@Navy.example", "grace.hopper@navy.example", "grace.hopper", "GRACE.HOPPER",
        ] {
            #expect(refusal(password, of: "Grace.Hopper@navy.example") == "password is the email address")
            #expect(refusal(password) == nil, "another's")
        }
        for password in ["grace.hoppe", "grace.hopper@", "grace.hopper1", "navy.example"] {
            #expect(refusal(password, of: "Grace.Hopper@navy.example") == nil)
        }
        #expect(refusal("jos\u{e9}fa", of: "jose\u{301}fa@example.org") == "password is the email address")
        #expect(refusal("grace.hopper", PasswordPolicy(refusesCommon: false), of: "grace.hopper@a.b") == nil)
    }

    @Test(arguments: ["b4l0u", "t4rt1fl3tt3"]) func acceptsThoseOfTheOriginalsJourney(password: String) {
        #expect(refusal(password, of: "guillaume@holberton.io") == nil)
    }
}
