import Auth
import Testing

@testable import App

@Suite struct CommandLineSessionTests {
    private let id = "0123456789abcdef0123456789abcdef"

    @Test func readsSessionCommands() throws {
        let email = try #require(EmailAddress("bob@example.org"))
        let none = ConfigurationFlags()
        #expect(
            try Command.parse(["session", "list", "bob@example.org"])
                == .session(.list(email: email, json: false), none))
        #expect(
            try Command.parse(["session", "list", "--json", "bob@example.org"])
                == .session(.list(email: email, json: true), none))
        #expect(
            try Command.parse(["session", "revoke", "bob@example.org", "--all"])
                == .session(.revoke(email: email, nil), none))
        #expect(
            try Command.parse(["session", "revoke", "bob@example.org", id])
                == .session(.revoke(email: email, try #require(SessionID(id))), none))
        #expect(try Command.parse(["session", "--help"]) == .help(.session))
        #expect(try Command.parse(["help", "session"]) == .help(.session))
    }

    @Test func readsHowUsersAreDisabled() throws {
        let email = try #require(EmailAddress("bob@example.org"))
        for (word, isDisabled) in [("disable", true), ("enable", false)] {
            #expect(
                try Command.parse(["user", word, "bob@example.org"])
                    == .user(.setDisabled(email: email, isDisabled), ConfigurationFlags()))
        }
    }

    @Test(
        arguments: [
            (["session"], "list, revoke"), (["session", "end"], "list, revoke"),
            (["session", "list"], "needs an EMAIL"), (["session", "list", "bob"], "not an email"),
            (["session", "list", "a@b", "--all"], "\"--all\""),
            (["session", "revoke"], "needs an EMAIL"), (["session", "revoke", "a@b"], "--all or one ID"),
            (["session", "revoke", "--all"], "needs an EMAIL"),
            (["session", "revoke", "--all", "a@b", "0123456789abcdef0123456789abcdef"], "--all or one ID"),
            (["session", "revoke", "a@b", "0123456789ABCDEF0123456789ABCDEF"], "32 hexadecimal digits"),
            (["session", "revoke", "bob", "0123456789abcdef0123456789abcdef"], "not an email"),
            (["user", "disable"], "user disable needs an EMAIL"), (["user", "enable", "x"], "not an email"),
        ] as [([String], String)])
    func refusesWithOneLine(_ arguments: [String], _ part: String) throws {
        let error = try #require(throws: CommandLineError.self) { try Command.parse(arguments) }
        #expect(error.description.contains(part))
    }

    @Test func doesNotRepeatAToken() throws {
        let token = "hunter2-hunter2-hunter2-hunter2-hunter2-hun"
        for arguments in [["a@b", token], [token, "a@b"], ["--all", "a@b", token], ["--all", token]] {
            let error = try #require(throws: CommandLineError.self) {
                try Command.parse(["session", "revoke"] + arguments)
            }
            #expect(!error.description.contains("hunter2"))
        }
    }
}
