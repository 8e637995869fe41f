import FoundationEssentials
import Testing

@testable import Mail

@Suite struct MailMessageTests {
    private func text(
        _ subject: String = "Hello", _ body: String = "text\n", to: String = "ada@example.org"
    ) throws -> String {
        let message = MailMessage(
            from: try #require(Mailbox("no-reply@example.org")), to: try #require(Mailbox(to)),
            subject: subject, body: body)
        return String(decoding: message.octets(at: 1_735_689_609, id: "x1"), as: UTF8.self)
    }

    private func head(_ text: String) -> [Substring] {
        text.split(separator: "\r\n\r\n", maxSplits: 1)[0].split(separator: "\r\n")
    }

    @Test func plainTextIsSentAsItIs() throws {
        #expect(
            try text()
                == """
                Date: Wed, 1 Jan 2025 00:00:09 +0000
                From: <no-reply@example.org>
                To: <ada@example.org>
                Subject: Hello
                Message-ID: <x1@example.org>
                Auto-Submitted: auto-generated
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: 7bit

                text


                """.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n"))
    }

    @Test(arguments: ["Hello\r\nBcc: eve@example.org", "Hello\nBcc: x", "a\u{85}Bcc: x", "\r\n\r\nbody"])
    func aSubjectCannotAddAField(subject: String) throws {
        let lines = head(try text(subject))
        #expect(lines.count == 9)
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
    }

    @Test func aSubjectInOtherLettersIsEncoded() throws {
        let subject = String(repeating: "Passwort zurücksetzen 🔑 ", count: 8)
        let lines = try text(subject).split(separator: "\r\n")
        let first = try #require(lines.firstIndex { $0.hasPrefix("Subject: ") })
        let words = ([lines[first].dropFirst(9)] + lines[(first + 1)...].prefix { $0.first == " " })
        #expect(lines.allSatisfy { $0.utf8.count <= 76 && $0.utf8.allSatisfy { $0 < 0x80 } })
        let decoded = try words.map { word in
            let base64 = word.drop { $0 == " " }.dropFirst("=?UTF-8?B?".count).dropLast(2)
            // Each word is whole characters.
            let data = try #require(Data(base64Encoded: String(base64)))
            return String(decoding: data, as: Unicode.UTF8.self)
        }
        #expect(decoded.joined() == subject)
    }

    @Test(arguments: ["Grüße\nund mehr\n", String(repeating: "x", count: 999), "a\0b"])
    func otherBodiesAreBase64(body: String) throws {
        let parts = try text("Hello", body).split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(parts[0].hasSuffix("Content-Transfer-Encoding: base64"))
        #expect(parts[1].split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        let data = try #require(Data(base64Encoded: String(parts[1].replacing("\r\n", with: ""))))
        #expect(String(decoding: data, as: UTF8.self) == body.replacing("\n", with: "\r\n"))
    }

    @Test func aLineOf998OctetsIsPlain() throws {
        #expect(try text("Hello", String(repeating: "x", count: 998)).contains("7bit"))
    }

    @Test func bareCarriageReturnsBecomeLineEnds() throws {
        let text = try text("Hello", "a\rb\r\nc\nd")
        #expect(text.hasSuffix("\r\n\r\na\r\nb\r\nc\r\nd\r\n"))
    }

    @Test func showsNothingOfItself() throws {
        let message = MailMessage(
            from: try #require(Mailbox("a@b")), to: try #require(Mailbox("c@d")), subject: "s", body: "secret"
        )
        var dumped = ""
        dump(message, to: &dumped)
        #expect(!"\(message) \(dumped)".contains("secret"))
    }
}
