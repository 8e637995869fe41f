import Testing

@testable import Mail

@Suite struct MailTemplateTests {
    @Test func fillsPlacesOnce() throws {
        let template = try #require(MailTemplate("Subject:  Hello \n\nA {a}, {b}, {c}, { {a}} {\n"))
        #expect(template.subject == "Hello ")
        #expect(template.body(with: ["a": "{b}", "b": "2"]) == "A {b}, 2, {c}, { {b}} {\n")
    }

    @Test(arguments: [
        "", "Subject: x", "Subject: x\n", "Subject: x\nbody", "Subject:\n\nbody", "subject: x\n\nbody",
        "To: eve@example.org\nSubject: x\n\nbody", "Subject: x\nBcc: eve@example.org\n\nbody",
    ])
    func refusesWhatDoesNotBeginWithOneSubject(text: String) {
        #expect(MailTemplate(text) == nil)
    }

    @Test func takesLineEndsOfBothKinds() throws {
        #expect(try #require(MailTemplate("Subject: x\r\n\r\na\r\nb")).body(with: [:]) == "a\nb")
    }
}
