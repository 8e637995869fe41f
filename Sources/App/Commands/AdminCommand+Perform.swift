import Auth
import SQLiteStorage
import Telemetry
import Workers

/// The server, or the command itself, did not do it: in words for the terminal.
struct Refused: Error, CustomStringConvertible {
    let description: String
}

extension AdminCommand {
    /// Has the running server do it, or does it on the data file while none runs.
    func succeed(_ configuration: Configuration) throws -> AdminReply {
        let reply = try perform(configuration)
        if let error = reply.error { throw Refused(description: error) }
        return reply
    }

    private func perform(_ configuration: Configuration) throws -> AdminReply {
        do {
            let lock = try InstanceLock.acquire(dataFile: configuration.data.resolvedFile)
            defer { withExtendedLifetime(lock) {} }
            let (hashers, store, accounts) = try configuration.makeAccounts()
            defer {
                hashers.stop()
                store.close()
            }
            // On the terminal is the answer; nobody keeps it.
            let log = configuration.log
            let audit = log.audit == "stderr" ? .off : try log.makeAudit(.silent)
            defer { audit.close() }
            let now = SystemClock.now()
            return try blocking {
                if concernsSessions { try await accounts.restoreSessions(at: now) }
                return await Administration(accounts: accounts, audit: audit).perform(self, at: now)
            }
        } catch is InstanceLock.Taken {
            return try ControlSocket.ask(self, besides: configuration.data.resolvedFile)
        }
    }

    /// Whether it asks which sessions are live: what the server knows, and a data file has to be read for.
    private var concernsSessions: Bool {
        switch self {
        case .listSessions, .revokeSessions: true
        case .add, .list, .delete, .setPassword, .setAdministrator, .setDisabled, .backUp: false
        }
    }
}
