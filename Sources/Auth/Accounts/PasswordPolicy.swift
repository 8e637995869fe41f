/// Which passwords may be set (docs/HTTP.md). Nothing is ever truncated or changed.
public struct PasswordPolicy: Sendable, Equatable {
    /// Octets of UTF-8. Default 5, for the original's clients; 12 in production.
    public var minimumLength: Int
    /// Octets of UTF-8; what more would be is work for an attacker to hand out.
    public static let maximumLength = 256

    /// A policy.
    public init(minimumLength: Int = 5) {
        self.minimumLength = minimumLength
    }

    /// Why a password is refused, in words for the user; nil: it is accepted.
    public func refusal(of password: String) -> String? {
        let length = password.utf8.count
        if length < minimumLength { return "password is too short (at least \(minimumLength) bytes)" }
        if length > Self.maximumLength { return "password is too long (at most \(Self.maximumLength) bytes)" }
        return nil
    }
}
