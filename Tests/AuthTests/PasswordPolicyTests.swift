import Auth
import Testing

@Suite struct PasswordPolicyTests {
    @Test func acceptsFrom5To256OctetsByDefault() {
        let policy = PasswordPolicy()
        for length in [5, 6, 255, 256] {
            #expect(policy.refusal(of: String(repeating: "x", count: length)) == nil)
        }
    }

    @Test func refusesOneOctetTooFewOrTooMany() {
        let policy = PasswordPolicy()
        #expect(policy.refusal(of: "xxxx") == "password is too short (at least 5 bytes)")
        #expect(policy.refusal(of: "") == "password is too short (at least 5 bytes)")
        #expect(
            policy.refusal(of: String(repeating: "x", count: 257))
                == "password is too long (at most 256 bytes)")
    }

    @Test func countsOctetsNotCharacters() {
        #expect(PasswordPolicy().refusal(of: "éé") != nil)
        #expect(PasswordPolicy().refusal(of: "ééx") == nil)
        #expect(PasswordPolicy().refusal(of: "👩‍🚀") == nil)
        #expect(PasswordPolicy().refusal(of: String(repeating: "é", count: 128)) == nil)
        #expect(PasswordPolicy().refusal(of: String(repeating: "é", count: 128) + "x") != nil)
    }

    @Test func acceptsAnyCharacter() {
        for password in ["\0\0\0\0\0", "     ", "\r\n\r\n\r\n", "\u{202e}\u{feff}", "; DROP TABLE users"] {
            #expect(PasswordPolicy().refusal(of: password) == nil)
        }
    }

    @Test func takesTheMinimumOfTheOperator() {
        let policy = PasswordPolicy(minimumLength: 12)
        #expect(policy.refusal(of: "elevenchars") == "password is too short (at least 12 bytes)")
        #expect(policy.refusal(of: "twelve chars") == nil)
    }

    @Test func saysNothingOfThePassword() {
        let refusal = PasswordPolicy(minimumLength: 12).refusal(of: "hunter2")
        #expect(refusal?.contains("hunter2") == false)
    }
}
