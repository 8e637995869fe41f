import Auth
import Crypto
import FoundationEssentials
import HTTP
import Testing

@testable import App

/// `sessiond session …`, `user disable` and `user enable`, as the server does them.
@Suite struct AdministrationSessionsTests {
    private let service: ApplicationService
    private let two: (boss: User, bossToken: String, ada: User, adaToken: String)

    init() async throws {
        service = try ApplicationService()
        two = try await service.registerTwo()
    }

    private func perform(_ command: AdminCommand) async throws -> AdminReply {
        let administration = Administration(accounts: service.accounts)
        // As it travels through the control socket.
        let command = try JSONDecoder().decode(AdminCommand.self, from: JSONEncoder().encode(command))
        let reply = await administration.perform(command, at: SystemClock.now())
        return try JSONDecoder().decode(AdminReply.self, from: JSONEncoder().encode(reply))
    }

    private func status(_ token: String) async throws -> Status {
        try await service.send(.get, "/profile", token: token).status
    }

    @Test func listsTheSessionsOfOneUserWithoutTokens() async throws {
        let another = try await service.signIn("ada@example.org")
        let reply = try await perform(.listSessions(email: " ADA@example.org"))
        #expect(reply.error == nil)
        let ids = try [two.adaToken, another].map {
            SessionID(try #require(SecretToken(Array($0.utf8)[...]))).description
        }
        #expect(Set(reply.sessions.map(\.id)) == Set(ids))
        let json = String(decoding: JSONText.of(reply.sessions), as: UTF8.self)
        #expect(!json.contains("current"))
        #expect(!json.contains(two.adaToken) && !json.contains(another))
    }

    @Test func revokesOneOnTheVeryNextRequest() async throws {
        let another = try await service.signIn("ada@example.org")
        let id = SessionID(try #require(SecretToken(Array(another.utf8)[...]))).description
        #expect(try await perform(.revokeSessions(email: "ada@example.org", id: id)).ended == 1)
        #expect(try await status(another) == .forbidden)
        #expect(try await status(two.adaToken) == .ok)
        let again = try await perform(.revokeSessions(email: "ada@example.org", id: id))
        #expect(again.error == "ada@example.org has no session \(id)")
    }

    @Test func revokesNobodyElses() async throws {
        let id = SessionID(try #require(SecretToken(Array(two.bossToken.utf8)[...]))).description
        #expect(try await perform(.revokeSessions(email: "ada@example.org", id: id)).error != nil)
        #expect(try await perform(.revokeSessions(email: "ada@example.org", id: "x")).error != nil)
        #expect(try await status(two.bossToken) == .ok)
    }

    @Test func revokesAll() async throws {
        let another = try await service.signIn("ada@example.org")
        #expect(try await perform(.revokeSessions(email: "ada@example.org", id: nil)).ended == 2)
        for token in [another, two.adaToken] { #expect(try await status(token) == .forbidden) }
        #expect(try await status(two.bossToken) == .ok)
        #expect(try await perform(.revokeSessions(email: "ada@example.org", id: nil)).ended == 0)
        #expect(try await perform(.listSessions(email: "ada@example.org")).sessions == [])
    }

    @Test func disablesAndEnables() async throws {
        for isDisabled in [true, true, false] {
            let reply = try await perform(.setDisabled(email: "ada@example.org", on: isDisabled))
            #expect(reply.users.map(\.isDisabled) == [isDisabled])
            #expect(try await perform(.list).users.map(\.isDisabled) == [false, isDisabled])
            #expect(try await status(two.adaToken) == .forbidden)
        }
        _ = try await service.signIn("ada@example.org")
    }

    @Test func saysThatThereIsNoSuchUser() async throws {
        for command in [
            AdminCommand.listSessions(email: "x@example.org"),
            .revokeSessions(email: "x@example.org", id: nil),
            .revokeSessions(email: "x@example.org", id: "x"), .setDisabled(email: "x@example.org", on: true),
        ] {
            #expect(try await perform(command).error == "there is no user x@example.org")
        }
    }
}
