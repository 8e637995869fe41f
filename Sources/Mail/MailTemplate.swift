/// The text of a mail with places such as `{token}` that are filled for each one.
public struct MailTemplate: Sendable, Equatable {
    /// The subject; it has no places.
    public let subject: String
    private let body: String

    /// Reads `Subject: …`, an empty line, and the body.
    ///
    /// Nil: it begins otherwise, or the subject is empty.
    public init?(_ text: String) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard let first = lines.first, first.hasPrefix("Subject:"), lines.count > 2, lines[1].isEmpty else {
            return nil
        }
        var subject = first.dropFirst("Subject:".count)
        while subject.first == " " { subject.removeFirst() }
        guard !subject.isEmpty else { return nil }
        self.subject = String(subject)
        body = lines[2...].joined(separator: "\n")
    }

    /// The body with the values in their places; a place without a value stays as it is, and values are not looked into.
    public func body(with values: [String: String]) -> String { Self.fill(body, values) }

    /// Puts values into a text: that of `name` in place of `{name}`.
    public static func fill(_ text: String, _ values: [String: String]) -> String {
        var (filled, rest) = ("", text[...])
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            if let close = rest.firstIndex(of: "}"), let value = values[String(rest[..<close].dropFirst())] {
                filled += value
                rest = rest[rest.index(after: close)...]
            } else {
                filled.append(rest.removeFirst())
            }
        }
        return filled + rest
    }
}
