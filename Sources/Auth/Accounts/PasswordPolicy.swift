/// Which passwords may be set (docs/HTTP.md). They count in normalisation form C; nothing is ever truncated.
public struct PasswordPolicy: Sendable, Equatable {
    /// Octets of UTF-8. Default 5, for the original's clients; 12 in production.
    public var minimumLength: Int
    /// Whether the most common ones are refused, and the user's own address. Default true.
    public var refusesCommon: Bool
    /// Octets of UTF-8, as given and normalised; what more would be is work for an attacker to hand out.
    public static let maximumLength = 256

    /// A policy.
    public init(minimumLength: Int = 5, refusesCommon: Bool = true) {
        self.minimumLength = minimumLength
        self.refusesCommon = refusesCommon
    }

    /// Why the user of an address may not have this password, in words for the user; nil: it is accepted.
    public func refusal(of password: String, for email: EmailAddress) -> String? {
        guard password.utf8.count <= Self.maximumLength else { return Self.tooLong }
        let password = PasswordForms(password).normalized
        let length = password.utf8.count
        if length < minimumLength { return "password is too short (at least \(minimumLength) bytes)" }
        if length > Self.maximumLength { return Self.tooLong }
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
