import Auth
import Crypto
import Glibc
import HTTP
import SQLiteStorage
import Server
import Telemetry
import Workers

/// `sessiond serve`: puts the parts together, runs until a signal, takes them apart in the reverse order.
struct Serving {
    private let configuration: Configuration
    private let logger: Logger
    private let hashers: WorkerPool
    private let store: SQLiteStore
    private let accounts: Accounts
    private let readiness = Readiness()

    /// Runs until SIGTERM or SIGINT. Throws what keeps it from starting.
    static func run(_ loaded: LoadedConfiguration) throws {
        let signals = ProcessSignals()
        let configuration = loaded.configuration
        let logger = Logger(
            format: configuration.log.format == .json ? .json : .text, isQuiet: configuration.log.quiet)
        defer { logger.flush() }
        // Before the data file is opened: two servers on one file would not know of each other's sessions.
        let lock = try InstanceLock.acquire(dataFile: configuration.data.resolvedFile)
        defer { withExtendedLifetime(lock) {} }
        let serving = try Serving(configuration, logger)
        try serving.serve(until: signals)
    }

    private init(_ configuration: Configuration, _ logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        (hashers, store, accounts) = try configuration.makeAccounts()
    }

    private func serve(until signals: ProcessSignals) throws {
        let now = SystemClock.now()
        try blocking { [accounts] in try await accounts.restoreSessions(at: now) }
        let overload = OverloadLog(logger: logger)
        let application = Application(
            routes: routes(), filter: configuration.makeFilter(accounts), logger: logger, overload: overload)
        let serverConfiguration = try configuration.serverConfiguration()
        let server = try Server(serverConfiguration, responder: application.responder)
        server.every(
            seconds: 1,
            Housekeeping(accounts: accounts, logger: logger, overload: overload, start: now).tick)
        let control = try ControlSocket.listen(
            besides: configuration.data.resolvedFile, administration: Administration(accounts: accounts),
            logger: logger)
        let running = server.start()
        announce(server.addresses)
        note(serverConfiguration.tls?.context.warning)
        for address in server.secureAddresses {
            logger.log(.info, "listening", ["address": .string(address.description), "tls": true])
        }

        let signal = signals.wait { reload(running) }
        logger.log(.info, "stopping", ["signal": .int(signal)])
        readiness.stop()
        control?.close()
        if !running.drain() { logger.log(.warning, "drain timeout: requests were left unanswered") }
        hashers.stop()
        store.close()
        logger.log(.info, "stopped")
    }

    /// SIGHUP: the certificate anew. One that cannot be used changes nothing.
    private func reload(_ running: RunningServer) {
        do {
            guard let context = try configuration.makeTLSContext() else { return }
            running.replaceTLS(context)
            logger.log(.info, "certificate reloaded")
            note(context.warning)
        } catch {
            logger.log(.error, "certificate kept", ["error": .string(error.description)])
        }
    }

    private func note(_ warning: String?) {
        if let warning { logger.log(.warning, "certificate", ["warning": .string(warning)]) }
    }

    private func routes() -> [Route] {
        let cookies = SessionCookies(
            name: configuration.sessions.cookie.name,
            secure: configuration.sessions.cookie.secure)
        let hasSessions = configuration.auth.mode.hasSessions
        return routeTable(
            status: StatusHandlers(accounts: accounts, readiness: readiness),
            users: UserHandlers(
                accounts: accounts, logger: logger,
                access: configuration.access.users,
                registrationIsOpen: configuration.registration.open),
            sessions: SessionHandlers(
                accounts: accounts, cookies: cookies, hasSessions: hasSessions,
                uniformErrors: configuration.login.uniformErrors),
            service: ServiceHandlers(
                accounts: accounts, logger: logger, cookies: cookies, hasSessions: hasSessions,
                registrationIsOpen: configuration.registration.open,
                showsResetTokens: configuration.reset.delivery == .response))
    }

    private func announce(_ addresses: [ListeningAddress]) {
        if configuration.auth.mode == .unprotected {
            logger.log(.warning, "no filter: every path is open", ["setting": "auth.filter"])
        }
        if !isLoopbackOnly(configuration.server.host) {
            for setting in relaxedSettings(of: configuration) {
                logger.log(
                    .warning, "relaxed setting",
                    [
                        "setting": .string(setting.key), "why": .string(setting.why),
                        "remedy": .string(setting.remedy),
                    ])
            }
        }
        for address in addresses {
            logger.log(.info, "listening", ["address": .string(address.description)])
        }
    }
}
