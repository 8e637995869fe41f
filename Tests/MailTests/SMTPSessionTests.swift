import Testing

@testable import Mail

@Suite struct SMTPSessionTests {
    private let message: MailMessage

    init() throws {
        message = MailMessage(
            from: try #require(Mailbox("a@example.org")), to: try #require(Mailbox("b@example.org")),
            subject: "s", body: "b")
    }

    @Test func aServerThatIsNotThereIsAFailureOfTheServer() throws {
        // Port 1 of this machine: nobody listens there.
        let session = try SMTPSession(try #require(MailServer("smtp://127.0.0.1:1"))) { false }
        let failure = try #require(throws: MailFailure.self) { try session.send(message, at: 0, id: "x") }
        #expect(!failure.concernsMessageAlone && !failure.isCancelled && failure.reply == 0)
        #expect(!failure.cause.isEmpty)
    }
}
