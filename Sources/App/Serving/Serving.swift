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
    /// Reads the configuration, at start and at each SIGHUP.
    typealias Reading = () throws(ConfigurationError) -> LoadedConfiguration

    let read: Reading
    let logger: Logger
    let hashers: HashGovernor
    let audit: AuditLog
    let store: SQLiteStore
    /// Replaced by a reload. What runs for longer than a request asks for them anew.
    let accounts: InForce<Accounts>
    let keys: SigningKeys
    let tokens: InForce<AccessTokens?>
    private let listing: UserListing
    let overload: OverloadLog
    private let health: StoreHealth
    let mail: MailThread
    let readiness: Readiness
    private let meter = ServerMeter()
    let metrics: MetricsHandlers

    /// Runs until SIGTERM or SIGINT. Throws what keeps it from starting.
    static func run(until signals: ProcessSignals, reading read: @escaping Reading) throws {
        let inherited = try InheritedSockets.take()
        let supervision = ServiceManager.environment()
        let configuration = try read().configuration
        let logger = Logger(
            format: configuration.log.format == .json ? .json : .text, isQuiet: configuration.log.quiet)
        defer { logger.flush() }
        // Before the data file is opened: two servers on one file would not know of each other's sessions.
        let lock = try InstanceLock.acquire(dataFile: configuration.data.resolvedFile)
        defer { withExtendedLifetime(lock) {} }
        let audit = try configuration.log.makeAudit(logger)
        defer { audit.close() }
        let serving = try Serving(configuration, read, logger, audit)
        // Also when the start fails: else the last to let go of the store might be one of its own threads.
        defer {
            serving.mail.stop()
            serving.hashers.stop()
            serving.store.close()
        }
        try serving.serve(
            configuration, until: signals, on: inherited,
            for: ServiceManager.connect(supervision, logger: logger))
    }

    init(
        _ configuration: Configuration, _ read: @escaping Reading, _ logger: Logger, _ audit: AuditLog
    ) throws {
        self.read = read
        self.logger = logger
        self.audit = audit
        let accounts: Accounts
        (hashers, store, accounts) = try configuration.makeAccounts()
        let inForce = InForce(accounts)
        self.accounts = inForce
        keys = SigningKeys(of: accounts)
        tokens = InForce(try configuration.makeTokens(keys))
        mail = MailThread(
            Postman(
                accounts: { inForce.value }, logger: logger,
                backoff: Backoff { Double.random(in: 0...1) }, clock: SystemClock.now))
        listing = UserListing(accounts: accounts)
        overload = OverloadLog(logger: logger)
        let health = StoreHealth(store: store, logger: logger)
        self.health = health
        readiness = Readiness { health.takesChanges }
        let figures = Metrics(
            server: meter, sessions: accounts.sessions, signIns: audit.signIns, hashers: hashers,
            store: store,
            takesChanges: { health.takesChanges },
            process: ProcessFigures(start: Int(SystemClock.now().wall.milliseconds / 1_000)))
        metrics = MetricsHandlers(text: figures.text)
    }

    private func serve(
        _ configuration: Configuration, until signals: ProcessSignals, on inherited: [Int32],
        for manager: ServiceManager?
    ) throws {
        let now = SystemClock.now()
        let (inForce, tokens, store, audit) = (self.accounts, self.tokens, self.store, self.audit)
        let accounts = inForce.value
        // By the main thread: what many sessions took, only its heap can give back to the last octet.
        try blocking(on: CallingThread()) { try await accounts.restoreSessions(at: now) }
        let unopened = try blocking(on: CallingThread()) { try await accounts.restoreCredentials() }
        if unopened > 0 {
            logger.log(.warning, "app passwords not unsealed", ["count": .int(unopened)])
        }
        var serverConfiguration = try configuration.serverConfiguration(inheriting: inherited)
        serverConfiguration.meter = meter
        let server = try Server(
            serverConfiguration, responder: responder(configuration, accounts, tokens.value))
        let metricsServer = try makeMetricsServer(configuration)
        let housekeeping = Housekeeping(
            accounts: inForce.value, logger: logger, overload: overload, start: now)
        let rotation = KeyRotation(tokens: tokens, audit: audit, logger: logger)
        server.every(seconds: 1) { [health] in
            guard !housekeeping.tick() else { return true }
            health.tick()
            rotation.tick()
            audit.tellSuppressed()
            return false
        }
        if let manager, let interval = manager.heartbeat { server.heartbeat(every: interval, manager.alive) }
        let control = try ControlSocket.listen(
            besides: configuration.data.resolvedFile,
            administration: Administration(
                accounts: inForce.value, store: store, audit: audit, tokens: tokens.value),
            logger: logger)
        mail.adopt(try configuration.makeMail())
        let running = server.start()
        let metricsRunning = metricsServer?.start()
        let hosts =
            inherited.isEmpty ? [configuration.server.host] : server.addresses.map(\.address.description)
        var reload = Reload(
            configuration, tls: serverConfiguration.tls?.context,
            isExposed: !hosts.allSatisfy(isLoopbackOnly))
        warn(of: configuration, isExposed: reload.isExposed)
        announce(server)
        announceMetrics(metricsServer)
        note(serverConfiguration.tls?.context.warning)
        manager?.ready()

        let signal = signals.wait {
            manager?.reloading(at: SystemClock.microseconds())
            let isTaken = perform(&reload, on: running)
            manager?.ready(isTaken ? "Serving" : "Serving; the new configuration was refused")
        }
        logger.log(.info, "stopping", ["signal": .int(signal)])
        readiness.stop()
        manager?.stopping()
        store.cancelBackup()
        control?.close()
        if !running.drain() { logger.log(.warning, "drain timeout: requests were left unanswered") }
        // A scrape takes milliseconds.
        _ = metricsRunning?.drain(within: .seconds(1))
        mail.stop()
        hashers.stop()
        saveSeen()
        store.close()
        logger.log(.info, "stopped")
    }

    /// What is not written is given the benefit of the doubt at the next start.
    private func saveSeen() {
        let now = SystemClock.now()
        do {
            try blocking { [accounts = accounts.value] in
                try await accounts.save(accounts.takeUnsaved(every: nil), at: now)
                try await accounts.save(accounts.takeUsedCredentials(at: nil))
            }
        } catch {
            logger.log(.warning, "last requests not saved", ["cause": .string(String(describing: error))])
        }
    }

    func note(_ warning: String?) {
        if let warning { logger.log(.warning, "certificate", ["warning": .string(warning)]) }
    }

    /// What answers under this configuration.
    func responder(
        _ configuration: Configuration, _ accounts: Accounts, _ tokens: AccessTokens?
    ) -> Responder {
        application(configuration, accounts, tokens).responder
    }

    /// All that a request goes through under this configuration.
    func application(
        _ configuration: Configuration, _ accounts: Accounts, _ tokens: AccessTokens?
    ) -> Application {
        Application(
            routes: routes(configuration, accounts, tokens),
            filter: configuration.makeFilter(accounts, tokens), logger: logger,
            overload: overload,
            proxies: TrustedProxies(configuration.proxies.trusted, fields: configuration.proxies.fields),
            audit: audit, sharing: CrossOriginSharing(configuration.cors.origins)
        )
    }

    private func routes(
        _ configuration: Configuration, _ accounts: Accounts, _ tokens: AccessTokens?
    ) -> [Route] {
        let cookies = SessionCookies(
            name: SessionCookieName(configuration.sessions.cookie.name),
            secure: configuration.sessions.cookie.secure)
        let signingIn = SigningIn(
            accounts: accounts, cookies: cookies, hasSessions: configuration.auth.mode.hasSessions)
        let signInAge = SignInAge(limit: configuration.sessions.reauthenticateAfter)
        let usersSessions = UserSessionHandlers(accounts: accounts, cookies: cookies, signInAge: signInAge)
        func credentials(_ kind: Credential.Kind) -> CredentialHandlers {
            CredentialHandlers(kind: kind, accounts: accounts, signInAge: signInAge, users: usersSessions)
        }
        return routeTable(
            description: DescriptionHandlers(configuration.apiDocument), metrics: metrics,
            status: StatusHandlers(accounts: accounts, readiness: readiness),
            users: UserHandlers(
                accounts: accounts,
                access: configuration.access.users,
                registrationIsOpen: configuration.registration.open, signInAge: signInAge,
                listing: listing),
            sessions: SessionHandlers(
                accounts: accounts, signingIn: signingIn, cookies: cookies,
                uniformErrors: configuration.login.uniformErrors),
            service: ServiceHandlers(
                accounts: accounts, signingIn: signingIn, cookies: cookies,
                registrationIsOpen: configuration.registration.open,
                resetDelivery: configuration.reset.delivery, wakeMail: mail.wake),
            own: OwnSessionHandlers(accounts: accounts, cookies: cookies, signInAge: signInAge),
            usersSessions: usersSessions,
            account: OwnAccountHandlers(
                accounts: accounts, cookies: cookies, delivery: configuration.reset.delivery,
                wakeMail: mail.wake),
            keys: credentials(.apiKey), apps: credentials(.appPassword),
            tokens: TokenHandlers(accounts: accounts, signingIn: signingIn, tokens: tokens))
    }

    /// Says what is too relaxed, unless it was so before.
    func warn(of configuration: Configuration, before: Configuration? = nil, isExposed: Bool) {
        if configuration.auth.mode == .unprotected, before?.auth.mode != .unprotected {
            logger.log(.warning, "no filter: every path is open", ["setting": "auth.filter"])
        }
        let known = before.map(relaxedSettings) ?? []
        for setting in relaxedSettings(of: configuration)
        // Accounts that anybody can take over are worth a line on a machine of one's own too; and the listener for
        // metrics may be exposed where the others are not.
        where !known.contains(setting)
            && (isExposed || ["reset.delivery", "metrics.listen"].contains(setting.key))
        {
            logger.log(
                .warning, "relaxed setting",
                [
                    "setting": .string(setting.key), "why": .string(setting.why),
                    "remedy": .string(setting.remedy),
                ])
        }
    }

    private func announce(_ server: Server) {
        for address in server.addresses.map(\.description) + server.unixPaths.map({ "unix:" + $0 }) {
            logger.log(.info, "listening", ["address": .string(address)])
        }
        for address in server.secureAddresses {
            logger.log(.info, "listening", ["address": .string(address.description), "tls": true])
        }
    }
}
