import FoundationEssentials

/// A message of plain text to one recipient (RFC 5322, RFC 2045).
public struct MailMessage: Sendable, Equatable {
    /// Who sends it.
    public let sender: Mailbox
    /// Who gets it.
    public let recipient: Mailbox
    /// One line.
    public let subject: String
    /// Any text; lines end with a line feed.
    public let body: String

    /// A message.
    public init(from sender: Mailbox, to recipient: Mailbox, subject: String, body: String) {
        (self.sender, self.recipient) = (sender, recipient)
        (self.subject, self.body) = (subject, body)
    }

    /// Octets of a line without its end (RFC 5322 §2.1.1).
    private static let longestLine = 998
    /// Octets of text in an encoded word, so that its line, with the name, has at most 76 characters (RFC 2047 §2).
    private static let encodedWord = 39

    /// The message as it is sent, with CRLF line ends; the dots are the transport's business.
    ///
    /// - Parameters:
    ///   - seconds: when it was written, since 1970-01-01T00:00:00Z.
    ///   - id: makes `Message-ID` unique: letters and digits.
    public func octets(at seconds: Int64, id: String) -> [UInt8] {
        let domain = sender.text.split(separator: "@").last ?? "localhost"
        let lines = body.split(omittingEmptySubsequences: false) { $0.isNewline }
        let content = lines.joined(separator: "\r\n")
        let isPlain =
            content.utf8.allSatisfy { $0 > 0 && $0 < 0x80 }
            && lines.allSatisfy { $0.utf8.count <= Self.longestLine }
        let fields = [
            ("Date", Self.date(seconds)), ("From", "<\(sender.text)>"), ("To", "<\(recipient.text)>"),
            ("Subject", Self.encoded(subject)), ("Message-ID", "<\(id)@\(domain)>"),
            // Out-of-office answers shall stay away (RFC 3834 §5).
            ("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", isPlain ? "7bit" : "base64"),
        ]
        let head = fields.map { "\($0): \($1)\r\n" }.joined()
        let encoding: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        let text = isPlain ? content : Data(content.utf8).base64EncodedString(options: encoding)
        return Array("\(head)\r\n\(text)\r\n".utf8)
    }

    /// Unstructured text of a field (RFC 5322 §2.2.1): as it is, or as encoded words (RFC 2047).
    private static func encoded(_ text: String) -> String {
        let scalars = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
        var clean = String(String.UnicodeScalarView(scalars))
        if clean.utf8.allSatisfy({ $0 < 0x80 }), clean.utf8.count <= encodedWord, !clean.contains("=?") {
            return clean
        }
        var words: [String] = []
        while !clean.isEmpty {
            var word = ""
            while let next = clean.unicodeScalars.first, word.utf8.count + UTF8.width(next) <= encodedWord {
                word.unicodeScalars.append(clean.unicodeScalars.removeFirst())
            }
            words.append("=?UTF-8?B?\(Data(word.utf8).base64EncodedString())?=")
        }
        return words.joined(separator: "\r\n ")
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// RFC 5322 §3.3, in UTC.
    private static func date(_ seconds: Int64) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents(
            [.weekday, .day, .month, .year, .hour, .minute, .second],
            from: Date(timeIntervalSince1970: Double(seconds)))
        guard let weekday = parts.weekday, let day = parts.day, let month = parts.month,
            let year = parts.year, let hour = parts.hour, let minute = parts.minute, let second = parts.second
        else { preconditionFailure("a date has all its components") }
        let time = [hour, minute, second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(weekdays[weekday - 1]), \(day) \(months[month - 1]) \(year) \(time) +0000"
    }
}

extension MailMessage: CustomStringConvertible, CustomReflectable {
    /// Without its text, which may hold a token.
    public var description: String { "MailMessage(…)" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
