/// An address as SMTP and the header of a message take it, without a display name (RFC 5321 §4.1.2, RFC 6531).
///
/// Nothing in it can end a command or a field, or begin another address.
public struct Mailbox: Sendable, Equatable {
    /// `local@domain`.
    public let text: String

    /// Octets (RFC 5321 §4.5.3.1.3, less the angle brackets).
    static let longest = 254

    /// Reads an address. Nil: not one, or one with white space, control characters or what RFC 5322 gives a meaning.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.longest, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
            text.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value < 0x7f
                && !"()<>[]:;,\\\"".unicodeScalars.contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }
}
