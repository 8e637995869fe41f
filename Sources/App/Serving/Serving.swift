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
        let inherited = try InheritedSockets.take()
        let supervision = ServiceManager.environment()
        let configuration = loaded.configuration
        let logger = Logger(
            format: configuration.log.format == .json ? .json : .text, isQuiet: configuration.log.quiet)
        defer { logger.flush() }
        // Before the data file is opened: two servers on one file would not know of each other's sessions.
        let lock = try InstanceLock.acquire(dataFile: configuration.data.resolvedFile)
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
        until signals: ProcessSignals, on inherited: [Int32], for manager: ServiceManager?
    ) throws {
        let now = SystemClock.now()
        try blocking { [accounts] in try await accounts.restoreSessions(at: now) }
        let overload = OverloadLog(logger: logger)
        let application = Application(
            routes: routes(), filter: configuration.makeFilter(accounts), logger: logger, overload: overload,
            proxies: TrustedProxies(configuration.proxies.trusted, fields: configuration.proxies.fields))
        let serverConfiguration = try configuration.serverConfiguration(inheriting: inherited)
        let server = try Server(serverConfiguration, responder: application.responder)
        server.every(
            seconds: 1,
            Housekeeping(accounts: accounts, logger: logger, overload: overload, start: now).tick)
        if let manager, let interval = manager.heartbeat { server.heartbeat(every: interval, manager.alive) }
        let control = try ControlSocket.listen(
            besides: configuration.data.resolvedFile, administration: Administration(accounts: accounts),
            logger: logger)
        let running = server.start()
        announce(server, isActivated: !inherited.isEmpty)
        note(serverConfiguration.tls?.context.warning)
        manager?.ready()

        let signal = signals.wait { reload(running) }
        logger.log(.info, "stopping", ["signal": .int(signal)])
        readiness.stop()
        manager?.stopping()
        control?.close()
        if !running.drain() { logger.log(.warning, "drain timeout: requests were left unanswered") }
        hashers.stop()
        saveSeen()
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

    /// What is not written is given the benefit of the doubt at the next start.
    private func saveSeen() {
        let now = SystemClock.now()
        do {
            try blocking { [accounts] in try await accounts.save(accounts.takeUnsaved(every: nil), at: now) }
        } catch {
            logger.log(.warning, "last requests not saved", ["cause": .string(String(describing: error))])
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
        for address in server.secureAddresses {
            logger.log(.info, "listening", ["address": .string(address.description), "tls": true])
        }
    }
}
