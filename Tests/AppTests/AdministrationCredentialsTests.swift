import Auth
import FoundationEssentials
import HTTP
import Testing

@testable import App

/// `sessiond api-key …` and `sessiond app-password …`, as the server does them and as the command line says them.
@Suite struct AdministrationCredentialsTests {
    private let service: ApplicationService

    init() async throws {
        service = try ApplicationService { $0.schemes = [.session, .basic] }
        _ = try await service.registerTwo()
    }

    private func perform(_ command: AdminCommand) async throws -> AdminReply {
        // As it travels through the control socket.
        let command = try JSONDecoder().decode(AdminCommand.self, from: JSONEncoder().encode(command))
        let reply = await Administration(accounts: service.accounts).perform(command, at: SystemClock.now())
        return try JSONDecoder().decode(AdminReply.self, from: JSONEncoder().encode(reply))
    }

    private func issue(
        _ kind: Credential.Kind, _ email: String = "ada@example.org", name: String = "a"
    ) -> AdminCommand {
        .issueCredential(kind, email: email, name: name, seconds: nil, isReadOnly: false)
    }

    @Test func issuesShowsAndRevokes() async throws {
        let issued = try #require(try await perform(issue(.apiKey, " ADA@example.org")).credentials.first)
        let key = try #require(issued.key)
        func status() async throws -> Status {
            try await service.send(.get, "/api/v1/users/me", basic: ("ada@example.org", key)).status
        }
        #expect(try await status() == .ok)
        var listed = try await perform(.listCredentials(.apiKey, email: "ada@example.org")).credentials
        #expect(listed.map(\.id) == [issued.id] && listed[0].key == nil)
        let revoke = AdminCommand.revokeCredential(.apiKey, email: "ada@example.org", id: issued.id)
        #expect(try await perform(revoke).error == nil)
        #expect(try await status() == .forbidden)
        #expect(
            try await perform(revoke).error == "ada@example.org has none of the API keys with that ID")
        listed = try await perform(.listCredentials(.apiKey, email: "ada@example.org")).credentials
        #expect(listed.isEmpty)
    }

    @Test func issuesAppPasswordsWithTheirName() async throws {
        let issued = try #require(try await perform(issue(.appPassword)).credentials.first)
        #expect(issued.username == "ada@example.org" && issued.password?.utf8.count == 23)
        #expect(issued.isReadOnly == nil && issued.key == nil)
        #expect(!String(describing: issued).contains(try #require(issued.password)))
    }

    @Test func refusesWhatIsNotToBe() async throws {
        #expect(
            try await perform(issue(.apiKey, "nobody@example.org")).error
                == "there is no user nobody@example.org")
        #expect(try await perform(issue(.apiKey, name: "")).error != nil)
        for id in ["x", CredentialID.random().description] {
            let revoke = AdminCommand.revokeCredential(.appPassword, email: "ada@example.org", id: id)
            #expect(
                try await perform(revoke).error
                    == "ada@example.org has none of the app passwords with that ID")
        }
        _ = try await perform(.setDisabled(email: "ada@example.org", on: true))
        #expect(try await perform(issue(.apiKey)).error == "ada@example.org is disabled")
    }

    // MARK: Command line

    private let id = "0123456789abcdef0123456789abcdef"

    @Test func readsCommands() throws {
        let email = try #require(EmailAddress("bob@example.org"))
        let none = ConfigurationFlags()
        func expect(_ arguments: [String], _ kind: Credential.Kind, _ command: CredentialCommand) throws {
            #expect(try Command.parse(arguments) == .credential(kind, command, none))
        }
        try expect(
            ["api-key", "issue", "bob@example.org", "--name", "ci", "--expires", "60", "--read-only"],
            .apiKey,
            .issue(email: email, name: "ci", seconds: 60, isReadOnly: true))
        try expect(
            ["app-password", "issue", "--name=tv set", "bob@example.org"], .appPassword,
            .issue(email: email, name: "tv set", seconds: nil, isReadOnly: false))
        try expect(
            ["api-key", "list", "bob@example.org", "--json"], .apiKey, .list(email: email, json: true))
        try expect(
            ["app-password", "revoke", "bob@example.org", id], .appPassword,
            .revoke(email: email, try #require(CredentialID(id))))
        for topic in [HelpTopic.apiKey, .appPassword] {
            #expect(try Command.parse([topic.rawValue, "--help"]) == .help(topic))
            #expect(try Command.parse(["help", topic.rawValue]) == .help(topic))
            #expect(topic.text.split(separator: "\n").allSatisfy { $0.count <= 88 })
        }
    }

    @Test(
        arguments: [
            (["api-key"], "issue, list, revoke"), (["app-password", "x"], "issue, list, revoke"),
            (["api-key", "issue", "a@b"], "--name"), (["api-key", "issue", "--name", "x"], "needs an EMAIL"),
            (["api-key", "issue", "a@b", "--name", ""], "1 to 100"),
            (["api-key", "issue", "a@b", "--name", "x", "--expires", "59"], "60 to 315360000"),
            (["api-key", "issue", "a@b", "--name", "x", "--expires", "1h"], "60 to 315360000"),
            (["app-password", "issue", "a@b", "--name", "x", "--expires", "60"], "\"--expires\""),
            (["app-password", "issue", "a@b", "--name", "x", "--read-only"], "\"--read-only\""),
            (["api-key", "revoke", "a@b"], "an EMAIL and an ID"),
            (["api-key", "revoke", "b", "0123456789abcdef0123456789abcdef"], "not an email"),
            (["api-key", "list", "b"], "not an email"),
        ] as [([String], String)])
    func refusesWithOneLine(_ arguments: [String], _ part: String) throws {
        let error = try #require(throws: CommandLineError.self) { try Command.parse(arguments) }
        #expect(error.description.contains(part))
    }

    @Test func doesNotRepeatAKey() throws {
        let key = "sdk_hunter2hunter2"
        for arguments in [["a@b", key], [key, id], [key], ["a@b", id, key]] {
            let error = try #require(throws: CommandLineError.self) {
                try Command.parse(["api-key", "revoke"] + arguments)
            }
            #expect(!error.description.contains("hunter2"))
        }
    }
}
