import Auth
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import App

@Suite struct AdministrationTests {
    private let service: ApplicationService
    private let administration: Administration

    init() async throws {
        service = try ApplicationService()
        administration = Administration(accounts: service.accounts)
        _ = try await service.register("boss@example.org")
    }

    private func perform(_ command: AdminCommand) async -> AdminReply {
        await administration.perform(command, at: SystemClock.now())
    }

    private func add(_ email: String, _ password: String = "correct horse", admin: Bool = false)
        -> AdminCommand
    {
        .add(email: email, password: password, firstName: "Ada", lastName: nil, isAdministrator: admin)
    }

    @Test func addsAUser() async throws {
        let reply = await perform(add("ada@example.org"))
        #expect(reply.error == nil)
        let user = try #require(try await service.accounts.user(email: "ada@example.org"))
        #expect(reply.users.map(\.id) == [user.id.description])
        #expect(reply.users.map(\.firstName) == ["Ada"])
        #expect(reply.users.map(\.isAdministrator) == [false])
    }

    @Test func addsAnAdministrator() async throws {
        let reply = await perform(add("ada@example.org", admin: true))
        #expect(reply.users.map(\.isAdministrator) == [true])
        #expect(try await service.accounts.user(email: "ada@example.org")?.isAdministrator == true)
    }

    @Test func saysWhyAUserCannotBeAdded() async throws {
        for (command, error) in [
            (add("no address"), "not an email address"),
            (add("BOSS@example.org"), "email already registered"),
            (add("ada@example.org", "four"), "password is too short (at least 5 bytes)"),
        ] {
            let reply = await perform(command)
            #expect(reply.error == error)
            #expect(reply.users.isEmpty)
        }
    }

    @Test func listsUsersInOrder() async throws {
        _ = await perform(add("ada@example.org"))
        let reply = await perform(.list)
        #expect(reply.users.map(\.email) == ["boss@example.org", "ada@example.org"])
        #expect(reply.users.map(\.isAdministrator) == [true, false])
    }

    @Test func deletesAUserAndItsSessionsAtOnce() async throws {
        let token = try await service.signIn("boss@example.org")
        let reply = await perform(.delete(email: "Boss@Example.org"))
        #expect(reply.error == nil)
        #expect(reply.users.map(\.email) == ["boss@example.org"])
        #expect(try await service.send(.get, "/profile", token: token).status == .forbidden)
        #expect(await perform(.delete(email: "boss@example.org")).error != nil)
    }

    @Test func changesAPasswordAndEndsTheSessions() async throws {
        let token = try await service.signIn("boss@example.org")
        #expect(await perform(.setPassword(email: "boss@example.org", password: "changed it")).error == nil)
        #expect(try await service.send(.get, "/profile", token: token).status == .forbidden)
        #expect(try await service.accounts.verify(email: "boss@example.org", password: "changed it") != nil)
        let refused = await perform(.setPassword(email: "boss@example.org", password: "x"))
        #expect(refused.error == "password is too short (at least 5 bytes)")
    }

    @Test func makesAndUnmakesAnAdministrator() async throws {
        _ = await perform(add("ada@example.org"))
        for isOn in [true, true, false] {
            let reply = await perform(.setAdministrator(email: "ada@example.org", on: isOn))
            #expect(reply.users.map(\.isAdministrator) == [isOn])
        }
    }

    @Test func saysThatThereIsNoSuchUser() async throws {
        for command in [
            AdminCommand.delete(email: "x@example.org"), .setAdministrator(email: "x@example.org", on: true),
            .setPassword(email: "x@example.org", password: "changed it"),
        ] {
            let reply = await perform(command)
            #expect(reply.error == "there is no user x@example.org")
            #expect(reply.users.isEmpty)
        }
    }

    @Test func aFailingStoreIsAnErrorWithoutSecrets() async throws {
        service.store.failing = true
        for command in [add("ada@example.org", "hunter2"), .list, .delete(email: "boss@example.org")] {
            let reply = await perform(command)
            #expect(reply.error?.contains("failed with code 10") == true)
            #expect(reply.error?.contains("hunter2") == false)
        }
    }

    @Test func takesUsersOver() async throws {
        let hash = "pbkdf2_sha256$10$saltsalt$xQ3sve+1aHgNho7esM6GwXzzjjS7aJusH8EM9RSg1P4="
        let given = [
            ForeignAccount(email: "ada@example.org", passwordHash: hash, firstName: "Ada"),
            ForeignAccount(email: "BOSS@example.org", passwordHash: hash),
            ForeignAccount(email: "bob@example.org", passwordHash: "hunter2", isAdministrator: true),
        ]
        for isTrial in [true, false] {
            let command = AdminCommand.take(given, isTrial: isTrial)
            let copy = try JSONDecoder().decode(AdminCommand.self, from: JSONEncoder().encode(command))
            let reply = await perform(copy)
            let echoed = try JSONDecoder().decode(AdminReply.self, from: JSONEncoder().encode(reply))
            #expect(
                echoed.imports == [.imported, .exists, .refused("not a password hash of a known kind")])
            #expect(try await service.accounts.userCount() == (isTrial ? 1 : 2))
        }
        let ada = try await service.accounts.verify(
            email: "ada@example.org", password: "correct h\u{f6}rse")
        #expect(ada?.user.firstName == "Ada")
    }

    @Test func commandsAndRepliesSurviveTheirJSON() async throws {
        let command = add("ada@example.org", "pass\u{0}word ü", admin: true)
        let copy = try JSONDecoder().decode(AdminCommand.self, from: JSONEncoder().encode(command))
        guard case .add("ada@example.org", "pass\u{0}word ü", "Ada", nil, true) = copy else {
            Issue.record("another command")
            return
        }
        let reply = await perform(command)
        let echoed = try JSONDecoder().decode(AdminReply.self, from: JSONEncoder().encode(reply))
        #expect(echoed.users.map(\.email) == ["ada@example.org"])
    }
}
