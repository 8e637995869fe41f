import Auth
import Testing

@testable import App

@Suite struct CommandLineKeyTests {
    private let flags = ConfigurationFlags()

    @Test func readsTheCommands() throws {
        #expect(try Command.parse(["key", "list"]) == .key(.list(json: false), flags))
        #expect(try Command.parse(["key", "list", "--json"]) == .key(.list(json: true), flags))
        #expect(try Command.parse(["key", "rotate"]) == .key(.rotate(isRevoking: false), flags))
        #expect(try Command.parse(["key", "rotate", "--revoke"]) == .key(.rotate(isRevoking: true), flags))
        let email = try #require(EmailAddress("ada@example.org"))
        #expect(try Command.parse(["token", "issue", "ada@example.org"]) == .issueToken(email: email, flags))
        #expect(try Command.parse(["key", "--help"]) == .help(.key))
        #expect(try Command.parse(["help", "token"]) == .help(.token))
    }

    @Test(arguments: [
        ["key"], ["key", "lose"], ["key", "list", "x"], ["key", "rotate", "x"], ["key", "list", "--revoke"],
        ["key", "rotate", "--json"], ["token"], ["token", "issue"], ["token", "issue", "x"],
        ["token", "issue", "a@b.c", "d@e.f"], ["token", "revoke", "a@b.c"],
    ])
    func refusesTheRest(arguments: [String]) {
        #expect(throws: CommandLineError.self) { try Command.parse(arguments) }
    }
}
