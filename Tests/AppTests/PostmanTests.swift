import Auth
import Crypto
import HTTP
import Mail
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App

/// The sender of mail with a server that the test plays.
@Suite struct PostmanTests {
    /// What the server does with the messages, in order; afterwards it takes them.
    private final class Server: Sendable {
        struct State {
            var failures: [MailFailure] = []
            var messages: [MailMessage] = []
            var attempts = 0
        }
        let state = Locked(State())

        func take(_ message: MailMessage) throws(MailFailure) {
            let failure: MailFailure? = state.withLock { state in
                state.attempts += 1
                guard state.failures.isEmpty else { return state.failures.removeFirst() }
                state.messages.append(message)
                return nil
            }
            if let failure { throw failure }
        }

        var recipients: [String] { state.withLock { $0.messages.map(\.recipient.text) } }
        var attempts: Int { state.withLock { $0.attempts } }
        func fail(_ failures: MailFailure...) { state.withLock { $0.failures += failures } }
    }

    private static let unreachable = MailFailure(code: 7, reply: 0, cause: "Couldn't connect to server")
    private static let greylisted = MailFailure(code: 55, reply: 451, cause: "Failed sending data")
    private static let unknownUser = MailFailure(code: 55, reply: 550, cause: "Failed sending data")

    private let clock = ManualClock()
    private let server = Server()
    private let pool = WorkerPool(name: "mail", threads: 1, capacity: 10)
    private let service: ApplicationService
    private let postman: Postman
    private let delivery: MailDelivery

    init() throws {
        let clock = clock
        service = try ApplicationService {
            $0.resetDelivery = .mail
            $0.clock = { clock.now }
        }
        let accounts = service.accounts
        postman = Postman(
            accounts: { accounts }, logger: .silent, backoff: Backoff { 1 }, clock: { clock.now })
        var texts: [MailKind: MailTemplate] = [:]
        for kind in MailKind.allCases {
            texts[kind] = MailTemplate(MailTexts.builtIn(kind, hasLink: kind == .reset))
        }
        delivery = MailDelivery(
            server: try #require(MailServer("smtp://localhost")),
            sender: try #require(Mailbox("no-reply@example.org")), texts: texts,
            links: [.reset: "https://example.org/reset?email={email}&token={token}"])
    }

    /// One round, where it may block.
    @discardableResult
    private func round() async throws -> Duration? {
        try await pool.run { [postman, delivery, server] in
            postman.round(delivery) { () throws(MailFailure) in
                { message, _, _ throws(MailFailure) in try server.take(message) }
            }
        }
    }

    private func ask(_ email: String) async throws -> Response {
        try await service.send(.post, "/reset_password", .form("email=\(email)"))
    }

    /// The token in the last message.
    private func token() throws -> String {
        let body = try #require(server.state.withLock { $0.messages.last?.body })
        let start = try #require(body.ranges(of: "token=").last).upperBound
        return String(body[start...].prefix(SecretToken.length))
    }

    @Test func sendsATokenThatResetsThePassword() async throws {
        _ = try await service.register("ada+x@example.org")
        _ = try await ask("ADA%2Bx@example.org")
        #expect(try await round() == nil)
        #expect(server.recipients == ["ada+x@example.org"])
        let body = try #require(server.state.withLock { $0.messages.last?.body })
        #expect(body.contains("https://example.org/reset?email=ada%2Bx%40example.org&token="))
        let form = "email=ada%2Bx@example.org&new_password=another+horse&reset_token=\(try token())"
        #expect(try await service.send(.put, "/reset_password", .form(form)).status == .ok)
        expectRefusal(try await service.send(.put, "/reset_password", .form(form)), .forbidden)
        // And tells the user so.
        #expect(try await round() == nil)
        #expect(server.state.withLock { $0.messages.last?.subject } == "Your password was changed")
    }

    @Test func everyEmailGetsTheSameAnswerAndOnlyUsersGetMail() async throws {
        _ = try await service.register("admin@example.org")
        let user = try await service.register("ada@example.org")
        _ = try await service.accounts.setDisabled(user.id, true, at: clock.now)
        for email in ["admin@example.org", "ada@example.org", "nobody@example.org", "no-address"] {
            let answer = try await ask(email)
            #expect(answer.status == .ok)
            #expect(
                answer.text
                    == "{\"email\":\"\(email)\",\"message\":\"reset mail sent if the address has an account\"}\n"
            )
        }
        expectRefusal(try await ask(""), .forbidden)
        try await round()
        #expect(server.recipients == ["admin@example.org"])
    }

    @Test func aThousandRequestsAreOneMailAMinute() async throws {
        _ = try await service.register("ada@example.org")
        for _ in 0..<500 { _ = try await ask("ada@example.org") }
        #expect(try await round() == nil)
        for _ in 0..<500 { _ = try await ask("ada@example.org") }
        #expect(try await round() == nil)
        #expect(server.attempts == 1)
        clock.advance(by: QueuedMail.spacing)
        _ = try await ask("ada@example.org")
        #expect(try await round() == nil)
        #expect(server.attempts == 2)
    }

    @Test func waitsTwiceAsLongAfterEachFailureOfTheServer() async throws {
        for name in ["a", "b", "c"] {
            _ = try await service.register("\(name)@example.org")
            _ = try await ask("\(name)@example.org")
        }
        for (attempt, pause) in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].enumerated() {
            server.fail(Self.unreachable)
            #expect(try await round() == .seconds(pause))
            // One attempt for all of them; and being woken in between does not make another.
            #expect(try await round() == .seconds(pause))
            #expect(server.attempts == attempt + 1)
            clock.advance(by: .seconds(pause))
        }
        clock.advance(by: .seconds(300))
        #expect(try await round() == nil)
        #expect(server.recipients.sorted() == ["a@example.org", "b@example.org", "c@example.org"])
    }

    @Test func aMessageThatIsRefusedHoldsUpNoOther() async throws {
        for name in ["a", "b", "c"] {
            _ = try await service.register("\(name)@example.org")
            _ = try await ask("\(name)@example.org")
        }
        server.fail(Self.greylisted, Self.unknownUser)
        #expect(try await round() == .seconds(1))
        #expect(server.recipients.count == 1)
        clock.advance(by: .seconds(1))
        #expect(try await round() == .seconds(299))
        #expect(server.recipients.count == 2)
        clock.advance(by: .seconds(299))
        #expect(try await round() == nil)
        #expect(Set(server.recipients).count == 3)
    }

    @Test func aRetryHasANewTokenAndTheOldOneIsVoid() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await ask("ada@example.org")
        try await round()
        let first = try token()
        clock.advance(by: QueuedMail.spacing)
        _ = try await ask("ada@example.org")
        try await round()
        let form = "email=ada@example.org&new_password=another+horse&reset_token="
        expectRefusal(try await service.send(.put, "/reset_password", .form(form + first)), .forbidden)
        #expect(try await service.send(.put, "/reset_password", .form(form + (try token()))).status == .ok)
    }

    @Test func theLifetimeOfATokenCountsFromItsMail() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await ask("ada@example.org")
        clock.advance(by: .seconds(3_600))
        try await round()
        clock.advance(by: .seconds(899))
        let form = "email=ada@example.org&new_password=another+horse&reset_token=\(try token())"
        #expect(try await service.send(.put, "/reset_password", .form(form)).status == .ok)
    }

    @Test func givesAMailUpAfterHours() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await ask("ada@example.org")
        server.fail(Self.unreachable)
        try await round()
        clock.advance(by: Accounts.patienceForMail)
        #expect(try await round() == nil)
        #expect(server.attempts == 1)
    }

    @Test func aStoppedTransferLeavesTheMailWhereItIs() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await ask("ada@example.org")
        server.fail(MailFailure(code: 42, reply: 0, cause: "aborted"))
        try await round()
        #expect(try await round() == nil)
        #expect(server.recipients == ["ada@example.org"])
    }

    @Test func aStoreThatFailsIsAskedAgain() async throws {
        _ = try await service.register("ada@example.org")
        _ = try await ask("ada@example.org")
        service.store.failing = true
        #expect(try await round() == .seconds(16))
        #expect(server.attempts == 0)
        service.store.failing = false
        #expect(try await round() == nil)
        #expect(server.attempts == 1)
    }

    @Test func thePauseIsRandomFromItsHalf() {
        #expect(Backoff { 0 }.pause(after: 1) == .milliseconds(500))
        #expect(Backoff { 1 }.pause(after: 1) == .seconds(1))
        #expect(Backoff { 0 }.pause(after: .max) == .seconds(150))
        #expect(Backoff { 1 }.pause(after: 0) == .seconds(1))
    }
}
