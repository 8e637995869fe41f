import Auth
import Testing

@Suite struct UserIDTests {
    @Test(arguments: [
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "01234567-89ab-cdef-0123-456789abcdef", "00000000-0000-4000-8000-000000000001",
    ])
    func readsWhatItWrites(_ text: String) throws {
        #expect(try #require(UserID(text)).description == text)
    }

    @Test func putsTheOctetsInOrder() {
        let id = UserID("01234567-89ab-cdef-fedc-ba9876543210")
        #expect(id == UserID(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210))
    }

    @Test func readsUpperCaseAndWritesLowerCase() {
        #expect(
            UserID("ABCDEF01-2345-4789-ABCD-EF0123456789")?.description
                == "abcdef01-2345-4789-abcd-ef0123456789")
    }

    @Test func marksRandomOnesAsVersionFourOfTheStandardVariant() {
        for _ in 0..<1_000 {
            let text = Array(UserID.random().description)
            #expect(text[14] == "4")
            #expect("89ab".contains(text[19]))
        }
    }

    @Test func randomOnesUseEveryOtherBit() {
        var (ones, zeros) = (UserID(high: 0, low: 0), UserID(high: 0, low: 0))
        for _ in 0..<200 {
            let id = UserID.random()
            ones = UserID(high: ones.high | id.high, low: ones.low | id.low)
            zeros = UserID(high: zeros.high | ~id.high, low: zeros.low | ~id.low)
        }
        #expect(ones == UserID(high: 0xffff_ffff_ffff_4fff, low: 0xbfff_ffff_ffff_ffff))
        #expect(zeros == UserID(high: 0xffff_ffff_ffff_bfff, low: 0x7fff_ffff_ffff_ffff))
    }

    @Test func randomOnesDiffer() {
        #expect(Set((0..<1_000).map { _ in UserID.random() }).count == 1_000)
    }

    @Test(arguments: [
        "", "-", "me", "null", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdef0", "{1234567-89ab-cdef-0123-456789abcde}",
        "01234567-89ab-cdef-0123_456789abcdef", "0123456-789ab-cdef-0123-456789abcdef",
        "g1234567-89ab-cdef-0123-456789abcdef", "+1234567-89ab-cdef-0123-456789abcdef",
        " 1234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcde\0",
        "01234567-89ab-cdef-0123-456789abcde\n", "01234567\u{2010}89ab-cdef-0123-456789abcd",
        "\u{ff11}34567-89ab-cdef-0123-456789abcdef", "é234567-89ab-cdef-0123-456789abcdef",
        "------------------------------------", "../../../../../../../../../../../etc",
        "01234567-89ab-cdef-0123-456789abcde\u{301}",
    ])
    func refusesEverythingElse(_ text: String) {
        #expect(UserID(text) == nil)
    }
}
