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
        try Self.inSuccession(configuration) { perform in try perform(self) }
    }

    /// Has the running server do commands, or does them on the data file while none runs, which is opened once.
    static func inSuccession<T>(
        _ configuration: Configuration, _ body: ((AdminCommand) throws -> AdminReply) throws -> T
    ) throws -> T {
        let dataFile = configuration.data.resolvedFile
        let lock: InstanceLock
        do {
            lock = try InstanceLock.acquire(dataFile: dataFile)
        } catch is InstanceLock.Taken {
            return try body { try ControlSocket.ask($0, besides: dataFile).succeeding }
        }
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
        return try body { command in
            let now = SystemClock.now()
            let tokens =
                command.concernsTokens ? try configuration.makeTokens(SigningKeys(of: accounts)) : nil
            return try blocking {
                if command.concernsCredentials { _ = try await accounts.restoreCredentials() }
                if command.concernsSessions { try await accounts.restoreSessions(at: now) }
                return await Administration(accounts: accounts, audit: audit, tokens: tokens)
                    .perform(command, at: now)
            }.succeeding
        }
    }

    /// Whether it asks which sessions are live: what the server knows, and a data file has to be read for.
    private var concernsSessions: Bool {
        switch self {
        case .listSessions, .revokeSessions: true
        case .add, .list, .delete, .setPassword, .setAdministrator, .setDisabled, .backUp, .take, .listKeys,
            .rotateKeys, .issueToken, .issueCredential, .listCredentials, .revokeCredential:
            false
        }
    }

    /// Whether it needs the keys that tokens are signed with.
    private var concernsTokens: Bool {
        switch self {
        case .listKeys, .rotateKeys, .issueToken: true
        default: false
        }
    }

    /// Whether it asks which credentials there are.
    private var concernsCredentials: Bool {
        if case .listCredentials = self { true } else { false }
    }
}

extension AdminReply {
    /// Throws what went wrong.
    fileprivate var succeeding: AdminReply {
        get throws {
            if let error { throw Refused(description: error) }
            return self
        }
    }
}
