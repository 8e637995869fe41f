import Auth
import HTTP
import Telemetry

/// `sessiond user …`: with a running server through its control socket, else on the data file.
enum UserCommands {
    static func run(_ command: UserCommand, _ loaded: LoadedConfiguration) throws {
        report(command, try adminCommand(command).succeed(loaded.configuration).users)
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
        case .setDisabled(let email, let isOn): .setDisabled(email: email.text, on: isOn)
        }
    }

    private static func report(_ command: UserCommand, _ users: [AdminUser]) {
        switch command {
        case .list(json: true):
            print(String(decoding: JSONText.of(users), as: UTF8.self), terminator: "")
        case .list(json: false):
            for user in users {
                let role = user.isAdministrator ? "admin" : "user "
                print(user.id, role, user.email + (user.isDisabled ? " (disabled)" : ""))
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
        case .setDisabled:
            for user in users { print("\(user.email) is \(user.isDisabled ? "now" : "no longer") disabled") }
        }
    }
}
