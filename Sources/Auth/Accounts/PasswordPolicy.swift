/// Which passwords may be set (docs/HTTP.md). They count in normalisation form C; nothing is ever truncated.
public struct PasswordPolicy: Sendable, Equatable {
    /// Octets of UTF-8. Default 5, for the original's clients; 12 in production.
    public var minimumLength: Int
    /// Whether the most common ones are refused, and the user's own address. Default true.
    public var refusesCommon: Bool
    /// Names that everybody who guesses here tries (OWASP ASVS 5.0, 6.2.11): they do not count in the length.
    let words: GuessableWords
    /// Unicode scalars, once `minimumLength` is no less: twelve octets may be three (OWASP ASVS 5.0, 6.2.1).
    public static let minimumScalars = 8
    /// Octets of UTF-8, as given and normalised; what more would be is work for an attacker to hand out.
    public static let maximumLength = 256

    /// A policy.
    public init(minimumLength: Int = 5, refusesCommon: Bool = true, words: [String] = []) {
        self.minimumLength = minimumLength
        self.refusesCommon = refusesCommon
        self.words = GuessableWords(words)
    }

    /// Why the user of an address may not have this password, in words for the user; nil: it is accepted.
    public func refusal(of password: String, for email: EmailAddress) -> String? {
        guard password.utf8.count <= Self.maximumLength else { return Self.tooLong }
        let password = PasswordForms(password).normalized
        let length = password.utf8.count
        if length < minimumLength { return "password is too short (at least \(minimumLength) bytes)" }
        if minimumLength >= Self.minimumScalars, password.unicodeScalars.count < Self.minimumScalars {
            return "password is too short (at least \(Self.minimumScalars) characters)"
        }
        if length > Self.maximumLength { return Self.tooLong }
        if words.lengthWithout(password) < minimumLength {
            return "password is too short without easily guessed words (at least \(minimumLength) bytes)"
        }
        guard refusesCommon else { return nil }
        if CommonPasswords.contain(password) { return "password is too common" }
        let (own, key) = (password.lowercased(), email.key)
        // Strings are equal here when they look the same, which is what is wanted.
        if own == key || own == key.prefix(upTo: key.lastIndex(of: "@") ?? key.endIndex) {
            return "password is the email address"
        }
        return nil
    }

    private static let tooLong = "password is too long (at most \(maximumLength) bytes)"
}
