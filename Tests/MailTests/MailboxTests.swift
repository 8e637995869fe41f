import Testing

@testable import Mail

@Suite struct MailboxTests {
    @Test(arguments: ["a@b", "ada.lovelace+x@example.org", "o'brien@example.org", "jürgen@müller.example"])
    func takesAnAddress(text: String) {
        #expect(Mailbox(text)?.text == text)
    }

    @Test(arguments: [
        "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<eve@example.org>", "a\n@b", "a\0@b",
        "<a@b>", "a@b>", "a,b@c", "a;b@c", "a:b@c", "\"a\"@b", "a(x)@b", "a@[127.0.0.1]", "a\\@b",
        "a@b\u{7f}",
        "a\u{85}@b", "a\u{2028}@b", "a\u{202e}@b", "a\u{a0}@b",
    ])
    func refusesWhatCouldEndACommandOrAField(text: String) {
        #expect(Mailbox(text) == nil)
    }

    @Test func isAtMost254OctetsLong() {
        let longest = String(repeating: "a", count: 252) + "@b"
        #expect(Mailbox(longest) != nil)
        #expect(Mailbox("a" + longest) == nil)
    }
}

@Suite struct MailServerTests {
    @Test(arguments: [
        ("smtp://localhost", "localhost", false), ("smtp://mail.example.org:587", "mail.example.org", false),
        ("smtps://mail.example.org:465", "mail.example.org", true), ("smtp://[::1]:25", "::1", false),
        ("smtp://[::1]", "::1", false), ("smtp://127.0.0.1:65535", "127.0.0.1", false),
    ])
    func takesSchemeHostAndPort(url: String, host: String, isSecure: Bool) throws {
        let server = try #require(MailServer(url))
        #expect(server.url == url && server.host == host && server.isImplicitlySecure == isSecure)
        #expect(server.security == .starttls)
    }

    @Test(arguments: [
        "", "smtp", "smtp://", "smtp://:25", "http://example.org", "SMTP://x", "smtp://x:", "smtp://x:0",
        "smtp://x:65536", "smtp://x:+5", "smtp://user:password@x", "smtp://x/path", "smtp://x?y",
        "smtp://x#y",
        "smtp://x y", "smtp://x\r\n", "smtp://[::1", "smtp://::1", "smtp://é.org", "file:///etc/passwd",
    ])
    func refusesAnythingElse(url: String) {
        #expect(MailServer(url) == nil)
    }

    @Test func showsNoPassword() throws {
        var server = try #require(MailServer("smtp://localhost"))
        (server.user, server.password) = ("ada", "hunter2")
        var dumped = ""
        dump(server, to: &dumped)
        #expect(!"\(server) \(dumped) \(String(reflecting: server))".contains("hunter2"))
    }
}

@Suite struct MailFailureTests {
    @Test(arguments: [
        (55, 550, true, true), (55, 451, true, false), (8, 554, true, true), (8, 421, false, false),
        (7, 0, false, false), (28, 354, false, false), (67, 535, false, false), (64, 454, false, false),
        (9, 550, false, false), (55, 250, false, false),
    ])
    func tellsTheServersFaultFromTheMessages(code: UInt32, reply: Int, isItsOwn: Bool, isPermanent: Bool) {
        let failure = MailFailure(code: code, reply: reply, cause: "x")
        #expect(failure.concernsMessageAlone == isItsOwn && failure.isPermanent == isPermanent)
    }
}
