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
    case setDisabled(email: String, on: Bool)
    /// Users of another server.
    case take([ForeignAccount], isTrial: Bool)
    case listSessions(email: String)
    /// Nil: all of them.
    case revokeSessions(email: String, id: String?)
    /// Seconds until it expires; nil: never.
    case issueCredential(
        Credential.Kind, email: String, name: String, seconds: Int?, isReadOnly: Bool)
    case listCredentials(Credential.Kind, email: String)
    case revokeCredential(Credential.Kind, email: String, id: String)
    case listKeys
    /// With a new key for all old ones at once, or in its turn.
    case rotateKeys(isRevoking: Bool)
    case issueToken(email: String)
}

/// What comes back: users or sessions, or why not.
struct AdminReply: Codable, Sendable {
    var users: [AdminUser] = []
    var sessions: [SessionJSON] = []
    /// A new one with its secret.
    var credentials: [CredentialJSON] = []
    /// What became of imported users, one by one.
    var imports: [ImportOutcome] = []
    /// Keys that tokens are signed with.
    var keys: [SigningKeyJSON] = []
    /// An access token.
    var token: String?
    /// How many sessions were ended.
    var ended = 0
    /// Nil: it was done.
    var error: String?
}

extension AdminReply {
    fileprivate init(_ users: [User]) {
        self.init(users: users.map(AdminUser.init))
    }

    /// Nil: the user was deleted meanwhile.
    fileprivate init(_ user: User?) {
        self.init(user.map { [$0] } ?? [])
    }
}

/// A user as administrators see it.
struct AdminUser: Codable, Sendable {
    var id: String
    var email: String
    var firstName: String?
    var lastName: String?
    var isAdministrator: Bool
    var isDisabled: Bool

    init(_ user: User) {
        id = user.id.description
        email = user.email.text
        firstName = user.firstName
        lastName = user.lastName
        isAdministrator = user.isAdministrator
        isDisabled = user.isDisabled
    }
}

/// Does what the commands ask, in the server or, while none runs, in the command's own process.
struct Administration: Sendable {
    let accounts: Accounts
    /// The data file behind them, which can be backed up; nil for other stores.
    var store: SQLiteStore?
    /// Where it is written down.
    var audit = AuditLog.off
    /// Nil: Bearer is off.
    var tokens: AccessTokens?

    /// Never throws: whatever went wrong becomes the error of the reply, without secrets.
    func perform(_ command: AdminCommand, at now: Moment) async -> AdminReply {
        do {
            let reply = try await reply(to: command, at: now)
            record(command, reply)
            return reply
        } catch let refusal as Accounts.RegistrationRefusal {
            return AdminReply(error: refusal.text)
        } catch let unknown as UnknownUser {
            return AdminReply(error: "there is no user \(unknown.email)")
        } catch let unknown as UnknownSession {
            return AdminReply(error: "\(unknown.email) has no session \(unknown.id)")
        } catch {
            return AdminReply(error: String(describing: error))
        }
    }

    private struct UnknownUser: Error {
        let email: String
    }

    private struct UnknownSession: Error {
        let email: String
        let id: SessionID
    }

    private func reply(to command: AdminCommand, at now: Moment) async throws -> AdminReply {
        switch command {
        case .add(let email, let password, let firstName, let lastName, let isAdministrator):
            let user = try await accounts.register(
                email: email, password: password, firstName: firstName, lastName: lastName,
                from: .trusted, at: now)
            guard isAdministrator, !user.isAdministrator else { return AdminReply([user]) }
            return AdminReply(try await accounts.setAdministrator(user.id, true, at: now))
        case .list:
            return AdminReply(try await accounts.users())
        case .delete(let email):
            let user = try await user(email)
            _ = try await accounts.delete(user.id)
            return AdminReply(user)
        case .setPassword(let email, let password):
            return AdminReply(try await accounts.setPassword(try await user(email).id, password, at: now))
        case .setAdministrator(let email, let isOn):
            return AdminReply(try await accounts.setAdministrator(try await user(email).id, isOn, at: now))
        case .setDisabled(let email, let isOn):
            return AdminReply(try await accounts.setDisabled(try await user(email).id, isOn, at: now))
        case .take(let foreign, let isTrial):
            return AdminReply(imports: try await accounts.take(foreign, isTrial: isTrial, at: now))
        case .listSessions(let email):
            let user = try await user(email)
            return AdminReply(sessions: try await accounts.sessionList(of: user.id, at: now))
        case .revokeSessions(let email, nil):
            let user = try await user(email)
            let ended = try await accounts.endSessions(of: user.id)
            audit.record(.sessionsEnded, from: .command, user: user.id, [.count(ended)])
            return AdminReply(ended: ended)
        case .revokeSessions(let email, let text?):
            let user = try await user(email)
            guard let id = SessionID(text) else { return AdminReply(error: "not the id of a session") }
            guard try await accounts.endSession(id, of: user.id, at: now) else {
                throw UnknownSession(email: email, id: id)
            }
            audit.record(.sessionsEnded, from: .command, user: user.id, [.count(1)])
            return AdminReply(ended: 1)
        case .issueCredential(let kind, let email, let name, let seconds, let isReadOnly):
            let terms = CredentialTerms(name: name, seconds: seconds, isReadOnly: isReadOnly)
            return try await issue(kind, terms, for: try await user(email), at: now)
        case .listCredentials(let kind, let email): return list(kind, of: try await user(email))
        case .revokeCredential(let kind, let email, let id):
            return try await revoke(kind, id, of: try await user(email))
        case .listKeys: return AdminReply(keys: try keys(at: now))
        case .rotateKeys(let isRevoking):
            return AdminReply(keys: try await rotateKeys(isRevoking: isRevoking, at: now))
        case .issueToken(let email):
            return AdminReply(token: try await issueToken(for: try await user(email), at: now))
        case .backUp(let file):
            guard let store else { throw NoDataFile() }
            try await store.backUp(to: file)
            return AdminReply()
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
