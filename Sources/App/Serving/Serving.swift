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

    /// Runs until SIGTERM or SIGINT. Throws what keeps it from starting.
    static func run(_ loaded: LoadedConfiguration) throws {
        let signals = TerminationSignals()
        let inherited = try InheritedSockets.take()
        let supervision = ServiceManager.environment()
        let configuration = loaded.configuration
        let logger = Logger(
            format: configuration.log.format == .json ? .json : .text, isQuiet: configuration.log.quiet)
        defer { logger.flush() }
        // Before the data file is opened: two servers on one file would not know of each other's sessions.
        let lock = try InstanceLock.acquire(dataFile: configuration.data.file)
        defer { withExtendedLifetime(lock) {} }
        let serving = try Serving(configuration, logger)
        try serving.serve(
            until: signals, on: inherited, for: ServiceManager.connect(supervision, logger: logger))
    }

    private init(_ configuration: Configuration, _ logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        (hashers, store, accounts) = try configuration.makeAccounts()
    }

    private func serve(
        until signals: TerminationSignals, on inherited: [Int32], for manager: ServiceManager?
    ) throws {
        let now = SystemClock.now()
        try blocking { [accounts] in try await accounts.restoreSessions(at: now) }
        let application = Application(
            routes: routes(), filter: configuration.makeFilter(accounts), logger: logger,
            proxies: TrustedProxies(configuration.proxies.trusted, fields: configuration.proxies.fields))
        let server = try Server(
            try configuration.serverConfiguration(inheriting: inherited), responder: application.responder)
        server.every(seconds: 1, Housekeeping(accounts: accounts, logger: logger, start: now).tick)
        if let manager, let interval = manager.heartbeat { server.heartbeat(every: interval, manager.alive) }
        let control = try ControlSocket.listen(
            besides: configuration.data.file, administration: Administration(accounts: accounts),
            logger: logger)
        let running = server.start()
        announce(server, isActivated: !inherited.isEmpty)
        manager?.ready()

        let signal = signals.wait()
        logger.log(.info, "stopping", ["signal": .int(signal)])
        manager?.stopping()
        control?.close()
        if !running.drain() { logger.log(.warning, "drain timeout: requests were left unanswered") }
        hashers.stop()
        store.close()
        logger.log(.info, "stopped")
    }

    private func routes() -> [Route] {
        let cookies = SessionCookies(
            name: configuration.sessions.cookie.name,
            isSecure: configuration.sessions.cookie.secure == .always)
        let hasSessions = configuration.auth.mode.hasSessions
        return routeTable(
            status: StatusHandlers(accounts: accounts),
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

    private func announce(_ server: Server, isActivated: Bool) {
        if configuration.auth.mode == .unprotected {
            logger.log(.warning, "no filter: every path is open", ["setting": "auth.filter"])
        }
        let hosts = isActivated ? server.addresses.map(\.address.description) : [configuration.server.host]
        if !hosts.allSatisfy(isLoopbackOnly) {
            for setting in relaxedSettings(of: configuration) {
                logger.log(
                    .warning, "relaxed setting",
                    [
                        "setting": .string(setting.key), "why": .string(setting.why),
                        "remedy": .string(setting.remedy),
                    ])
            }
        }
        for address in server.addresses.map(\.description) + server.unixPaths.map({ "unix:" + $0 }) {
            logger.log(.info, "listening", ["address": .string(address)])
        }
    }
}
