import Crypto
import TestSupport
import Testing

@testable import Auth

@Suite struct CommonPasswordsTests {
    @Test(arguments: [
        "123456", "password", "qwerty", "iloveyou", "trustno1", "hunter2", "lovelace", "qwertyuiop",
        "1q2w3e4r",
        "пароль", "password1", "zzzzzz",
    ]) func knowsThemInWhateverCase(password: String) {
        #expect(CommonPasswords.contain(password))
        #expect(CommonPasswords.contain(password.uppercased()))
    }

    /// The original's journey, and what else is not to be found.
    @Test(arguments: [
        "b4l0u", "t4rt1fl3tt3", "correct horse", "", "     ", "password\0", " password", "passwort?!",
        "\0", "👩‍🚀👩‍🚀",
    ]) func knowsNoOthers(password: String) {
        #expect(!CommonPasswords.contain(password))
    }

    /// Expected: one in 680,000, so that 300,000 find three with a chance of one in a hundred.
    @Test func takesFewOthersForCommon() {
        var random = SplitMix(seed: 17)
        let found = (0..<300_000).count { _ in CommonPasswords.contain(String(random.next(), radix: 36) + "!")
        }
        #expect(found <= 3)
    }
}
