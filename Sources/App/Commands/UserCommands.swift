import Auth
import FoundationEssentials
import HTTP
import SQLiteStorage
import Telemetry
import Workers

/// `sessiond user …`: with a running server through its control socket, else on the data file.
enum UserCommands {
    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    static func run(_ command: UserCommand, _ loaded: LoadedConfiguration) throws {
        let configuration = loaded.configuration
        let reply = try perform(try adminCommand(command), configuration)
        if let error = reply.error { throw Refused(description: error) }
        report(command, reply.users)
    }

    private static func adminCommand(_ command: UserCommand) throws -> AdminCommand {
        switch command {
        case .add(let email, let firstName, let lastName, let isAdministrator):
            .add(
                email: email.text, password: try PasswordPrompt().readNew().secret, firstName: firstName,
                lastName: lastName, isAdministrator: isAdministrator)
        case .list: .list
        case .delete(let email): .delete(email: email.text)
        case .setPassword(let email):
            .setPassword(email: email.text, password: try PasswordPrompt().readNew().secret)
        case .setAdministrator(let email, let isOn): .setAdministrator(email: email.text, on: isOn)
        }
    }

    private static func perform(_ command: AdminCommand, _ configuration: Configuration) throws -> AdminReply
    {
        do {
            let lock = try InstanceLock.acquire(dataFile: configuration.data.resolvedFile)
            defer { withExtendedLifetime(lock) {} }
            let (hashers, store, accounts) = try configuration.makeAccounts()
            defer {
                hashers.stop()
                store.close()
            }
            let now = SystemClock.now()
            return try blocking { await Administration(accounts: accounts).perform(command, at: now) }
        } catch is InstanceLock.Taken {
            return try ControlSocket.ask(command, besides: configuration.data.resolvedFile)
        }
    }

    private static func report(_ command: UserCommand, _ users: [AdminUser]) {
        switch command {
        case .list(json: true):
            print(String(decoding: JSONText.of(users), as: UTF8.self), terminator: "")
        case .list(json: false):
            for user in users {
                print(user.id, user.isAdministrator ? "admin" : "user ", user.email)
            }
        case .add:
            for user in users {
                print("added \(user.email)\(user.isAdministrator ? " (administrator)" : "")")
            }
        case .delete: for user in users { print("deleted \(user.email)") }
        case .setPassword: for user in users { print("changed the password of \(user.email)") }
        case .setAdministrator:
            for user in users {
                print("\(user.email) is \(user.isAdministrator ? "now" : "no longer") administrator")
            }
        }
    }
}
