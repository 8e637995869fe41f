// The standard library's own normalisation, which it compares strings by: no other part of Unicode is in the binary.
// docs/adr/0017 says what else there was, and what to do should it go.
@_spi(_Unicode) import Swift

/// A password in Unicode's normalisation form C (RFC 8265 §4.2, NIST SP 800-63B): keyboards and systems write one
/// letter in several ways.
struct PasswordForms: Sendable {
    /// What is hashed and measured.
    let normalized: String
    /// What was given, if that is something else: hashes of old, and of other servers, may have been made of it.
    let asGiven: String?

    init(_ given: String) {
        guard !given.utf8.allSatisfy({ $0 < 0x80 }) else {
            (normalized, asGiven) = (given, nil)
            return
        }
        var normalized = ""
        normalized.unicodeScalars.append(contentsOf: given._nfc)
        self.normalized = normalized
        // `==` finds both the same.
        asGiven = normalized.utf8.elementsEqual(given.utf8) ? nil : given
    }

    /// Both, the normalised one first.
    var all: [String] { [normalized] + (asGiven.map { [$0] } ?? []) }
}
