import Testing

@testable import Auth

@Suite struct PasswordFormsTests {
    /// From Unicode Standard Annex #15, and its test file.
    ///
    /// https://www.unicode.org/reports/tr15/ and https://www.unicode.org/Public/UCD/latest/ucd/NormalizationTest.txt
    @Test(arguments: [
        ("cafe\u{301}", "caf\u{e9}"), ("\u{212b}", "\u{c5}"), ("\u{2126}", "\u{3a9}"),
        ("\u{1e9b}\u{323}", "\u{1e9b}\u{323}"), ("\u{1e0a}\u{323}", "\u{1e0c}\u{307}"),
        ("\u{1100}\u{1161}\u{11a8}", "\u{ac01}"), ("\u{344}", "\u{308}\u{301}"), ("\u{fb01}", "\u{fb01}"),
        ("\u{958}", "\u{915}\u{93c}"), ("\u{1d160}", "\u{1d158}\u{1d165}\u{1d16e}"),
        ("\u{2adc}", "\u{2add}\u{338}"),
        ("a\u{315}\u{300}\u{5ae}\u{300}b", "\u{e0}\u{5ae}\u{300}\u{315}b"), ("\u{f900}", "\u{8c48}"),
    ]) func normalizes(given: String, normalized: String) {
        let forms = PasswordForms(given)
        #expect(Array(forms.normalized.unicodeScalars) == Array(normalized.unicodeScalars))
        let isChanged = !given.utf8.elementsEqual(normalized.utf8)
        #expect(forms.asGiven.map { Array($0.utf8) } == (isChanged ? Array(given.utf8) : nil))
        #expect(forms.all.count == (isChanged ? 2 : 1))
    }

    @Test(arguments: ["", "plain ASCII", "\0\0\0", "a\0\u{e9}", "\r\n", "👩‍🚀", "\u{202e}x", " \u{3000}"])
    func leavesWhatHasOneSpelling(text: String) {
        let forms = PasswordForms(text)
        #expect(forms.normalized.utf8.elementsEqual(text.utf8))
        #expect(forms.asGiven == nil)
    }

    @Test func makesOneOfAllSpellings() {
        let spellings = [
            "\u{1e69}", "s\u{323}\u{307}", "s\u{307}\u{323}", "\u{1e61}\u{323}", "\u{1e63}\u{307}",
        ]
        #expect(Set(spellings.map { Array(PasswordForms($0).normalized.utf8) }).count == 1)
    }

    @Test func normalizingTwiceChangesNothing() {
        for value in UInt32(0)..<0x2_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let once = PasswordForms("x" + String(scalar) + "\u{301}").normalized
            #expect(PasswordForms(once).asGiven == nil, "U+\(String(value, radix: 16))")
        }
    }
}
