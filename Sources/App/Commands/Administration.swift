import Auth
import FoundationEssentials
import SQLiteStorage

/// What an administrator asks for on the command line; travels to a running server as JSON.
enum AdminCommand: Codable, Sendable {
    case add(email: String, password: String, firstName: String?, lastName: String?, isAdministrator: Bool)
    case list
    case delete(email: String)
    case setPassword(email: String, password: String)
    case setAdministrator(email: String, on: Bool)
    /// Copies the data file to a new file at an absolute path.
    case backUp(file: String)
}

/// What comes back: users, or why not.
struct AdminReply: Codable, Sendable {
    var users: [AdminUser] = []
    /// Nil: it was done.
    var error: String?
}

/// A user as administrators see it.
struct AdminUser: Codable, Sendable {
    var id: String
    var email: String
    var firstName: String?
    var lastName: String?
    var isAdministrator: Bool

    init(_ user: User) {
        id = user.id.description
        email = user.email.text
        firstName = user.firstName
        lastName = user.lastName
        isAdministrator = user.isAdministrator
    }
}

/// Does what the commands ask, in the server or, while none runs, in the command's own process.
struct Administration: Sendable {
    let accounts: Accounts
    /// The data file behind them, which can be backed up; nil for other stores.
    var store: SQLiteStore?

    /// Never throws: whatever went wrong becomes the error of the reply, without secrets.
    func perform(_ command: AdminCommand, at now: Moment) async -> AdminReply {
        do {
            return try await AdminReply(users: changed(by: command, at: now).map(AdminUser.init))
        } catch let refusal as Accounts.RegistrationRefusal {
            return AdminReply(error: refusal.text)
        } catch let unknown as UnknownUser {
            return AdminReply(error: "there is no user \(unknown.email)")
        } catch {
            return AdminReply(error: String(describing: error))
        }
    }

    private struct UnknownUser: Error {
        let email: String
    }

    private func changed(by command: AdminCommand, at now: Moment) async throws -> [User] {
        switch command {
        case .add(let email, let password, let firstName, let lastName, let isAdministrator):
            let user = try await accounts.register(
                email: email, password: password, firstName: firstName, lastName: lastName, at: now)
            guard isAdministrator, !user.isAdministrator else { return [user] }
            return try await accounts.setAdministrator(user.id, true, at: now).map { [$0] } ?? []
        case .list:
            return try await accounts.users()
        case .delete(let email):
            let user = try await user(email)
            _ = try await accounts.delete(user.id)
            return [user]
        case .setPassword(let email, let password):
            return try await accounts.setPassword(try await user(email).id, password, at: now).map { [$0] }
                ?? []
        case .setAdministrator(let email, let isOn):
            return try await accounts.setAdministrator(try await user(email).id, isOn, at: now).map { [$0] }
                ?? []
        case .backUp(let file):
            guard let store else { throw NoDataFile() }
            try await store.backUp(to: file)
            return []
        }
    }

    private struct NoDataFile: Error, CustomStringConvertible {
        let description = "there is no data file to back up"
    }

    private func user(_ email: String) async throws -> User {
        guard let user = try await accounts.user(email: email) else { throw UnknownUser(email: email) }
        return user
    }
}
