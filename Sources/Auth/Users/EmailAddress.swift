/// An email address as a user registered it. Two are the same when they differ only in case.
///
/// Octets count, as in the stores: spellings that only look the same (Unicode's canonical equivalence) are different.
public struct EmailAddress: Sendable, Hashable {
    /// As given, without surrounding white space.
    public let text: String
    /// What is compared and indexed: the lower-case form.
    public let key: String

    /// Longest address in octets (RFC 5321 §4.5.3.1.3, less the angle brackets).
    public static let longest = 254

    /// Reads an address: `local@domain` with a local part of at most 64 octets, in any letters (RFC 6531), no
    /// white space or control characters, and a domain of non-empty labels. A domain without a dot is allowed.
    /// Quoted local parts and address literals, which nobody signs up with, are not.
    public init?(_ given: String) {
        let text = String(given.trimmingWhitespace())
        guard text.utf8.count <= Self.longest, let at = text.lastIndex(of: "@") else { return nil }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        guard (1...64).contains(local.utf8.count), local.unicodeScalars.allSatisfy(Self.isLocal),
            local.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .allSatisfy({ !$0.isEmpty })
        else { return nil }
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel) else { return nil }
        self.text = text
        let key = text.lowercased()
        // One string where both are the same: there are millions of them.
        self.key = key.utf8.elementsEqual(text.utf8) ? text : key
    }

    /// An address that was read when it was registered, from the store.
    public init(stored text: String, key: String) {
        self.text = text
        self.key = key.utf8.elementsEqual(text.utf8) ? text : key
    }

    /// The same but for case.
    public static func == (a: EmailAddress, b: EmailAddress) -> Bool { a.key.utf8.elementsEqual(b.key.utf8) }
    /// By the key.
    public func hash(into hasher: inout Hasher) {
        for octet in key.utf8 { hasher.combine(octet) }
    }

    private static func isLocal(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            ? ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ".!#$%&'*+/=?^_`{|}~-".unicodeScalars.contains(scalar)
            : isPrintable(scalar)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
            && label.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    ? ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
                        || ("A"..."Z").contains(scalar) || scalar == "-"
                    : isPrintable(scalar)
            }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default:
            // The Kelvin sign would become a plain "k", and its address that of somebody else.
            !scalar.properties.lowercaseMapping.unicodeScalars.allSatisfy(\.isASCII)
        }
    }
}

extension String {
    func trimmingWhitespace() -> Substring {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
