import Auth
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

    private static func line(of user: AdminUser) -> String {
        "\(user.id) \(user.isAdministrator ? "admin" : "user ") \(user.email)\(user.isDisabled ? " (disabled)" : "")"
    }

    private static func report(_ command: UserCommand, _ users: [AdminUser]) {
        switch command {
        case .list(let json): Listing.show(users, asJSON: json, line: line)
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
