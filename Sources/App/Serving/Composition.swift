import Auth
import Crypto
import Glibc
import HTTP
import SQLiteStorage
import Server
import Workers

/// From settings to parts.
extension Configuration {
    /// Accounts on the configured data file, and what has to be stopped in the end.
    func makeAccounts() throws -> (hashers: HashGovernor, store: SQLiteStore, accounts: Accounts) {
        let store = try SQLiteStore(path: data.file, clock: SystemClock.microseconds)
        // One core stays free of hashing, and hashing stands behind the loops in priority: a sign-in may wait, a
        // check may not.
        let threads = passwords.workers > 0 ? passwords.workers : max(1, Self.cores - 1)
        let hashers = HashGovernor(
            name: "hash", threads: threads, capacity: passwords.queue,
            limits: hashingLimits(threads: threads),
            niceness: 10, clock: SystemClock.microseconds)
        let accounts = try makeAccounts(
            store, SessionMap { UserRendering(of: $0) }, hashers, RateCounters(), Self.deviceKey(in: store),
            sealingKey(in: store), CredentialMap(), SchemeMemory())
        return (hashers, store, accounts)
    }

    /// Accounts under this configuration on what is there already.
    func makeAccounts(
        _ store: SQLiteStore, _ live: SessionMap, _ hashers: HashGovernor, _ counters: RateCounters,
        _ deviceKey: AuthenticationKey, _ sealing: SealingKey, _ credentials: CredentialMap,
        _ memory: SchemeMemory
    ) throws -> Accounts {
        var policy = AccountPolicy()
        policy.passwords = PasswordPolicy(
            minimumLength: passwords.minLength, refusesCommon: passwords.refuseCommon,
            words: passwords.words)
        policy.firstUserIsAdministrator = registration.firstUserIsAdmin
        policy.resetTokenLifetime = .seconds(reset.tokenLifetime)
        policy.sendsMail = reset.delivery == .mail
        policy.sessions = sessions.policy
        memory.passwords.setLimits(
            lifetime: .seconds(auth.basicCache.lifetime), capacity: auth.basicCache.capacity)
        policy.credentials.keysPerUser = apiKeys.perUser
        policy.credentials.appPasswordsPerUser = appPasswords.perUser
        policy.refreshGrace = .seconds(tokens.refreshGrace)
        return try Accounts(
            stores: store, sessions: live, policy: policy,
            hashing: PasswordHashing(
                memoryKiB: passwords.hashMemoryKiB, iterations: passwords.hashIterations),
            hashers: hashers,
            limits: RateLimits(rateLimits.policy, counters: counters) { SystemClock.now().steady },
            deviceKey: deviceKey, sealing: sealing, credentials: credentials, memory: memory)
    }

    /// The key of device cookies, made at the first start.
    private static func deviceKey(in store: SQLiteStore) -> AuthenticationKey {
        let fresh = AuthenticationKey.random()
        do {
            let bytes = try blocking { try await store.secret("device-cookies", orStore: fresh.bytes) }
            return AuthenticationKey(bytes) ?? fresh
        } catch {
            // A full disk, which the store reports by itself, keeps nobody from starting: cookies hold until the stop.
            return fresh
        }
    }

    /// What hashing may take. Nobody waits for longer than a handler may run.
    func hashingLimits(threads: Int) -> HashGovernor.Limits {
        HashGovernor.Limits(
            memory: passwords.memoryBudgetKiB(threads: threads),
            patience: Int64(timeouts.handling) * 1_000_000)
    }

    /// Access tokens under this configuration, with the keys at hand; nil where Bearer is off. On a thread that may
    /// wait.
    func makeTokens(_ keys: SigningKeys) throws -> AccessTokens? {
        guard auth.mode.accepts(.bearer) else { return nil }
        let now = SystemClock.now()
        try blocking { [algorithm = tokens.algorithm] in try await keys.open(algorithm, at: now.wall) }
        return AccessTokens(keys: keys, policy: tokens.policy)
    }

    /// The filter with the schemes that are switched on.
    func makeFilter(_ accounts: Accounts, _ tokens: AccessTokens?) -> BeforeRequestFilter {
        let cookieName = SessionCookieName(sessions.cookie.name)
        let schemes: [BeforeRequestFilter.Scheme]? =
            switch auth.mode {
            case .unprotected: nil
            case .protected(let schemes):
                schemes.compactMap { scheme in
                    switch scheme {
                    case .session:
                        .session(SessionCookieScheme(cookieName: cookieName, sessions: accounts.sessions))
                    case .bearer: tokens.map { .bearer(BearerScheme(accounts: accounts, tokens: $0)) }
                    case .basic: .basic(BasicScheme(accounts: accounts))
                    case .digest:
                        .digest(
                            DigestScheme(
                                accounts: accounts, allowsMD5: digest.allowMD5,
                                nonceLifetime: .seconds(digest.nonceLifetime)))
                    }
                }
            }
        return BeforeRequestFilter(
            schemes: schemes, openPaths: auth.openPaths, cookieName: cookieName
        )
    }

    /// What `/openapi.json` says.
    var apiDocument: APIDocument {
        let (schemes, openPaths): ([Scheme], [OpenPath]?) =
            switch auth.mode {
            case .unprotected: ([], nil)
            case .protected(let schemes): (schemes, auth.openPaths)
            }
        return APIDocument(
            schemes: schemes, openPaths: openPaths, cookieName: sessions.cookie.name,
            shortestPassword: passwords.minLength)
    }

    /// What the server needs to know.
    ///
    /// Inherited sockets take the place of the configured addresses.
    func serverConfiguration(inheriting sockets: [Int32] = []) throws -> ServerConfiguration {
        var server = ServerConfiguration(
            addresses: sockets.isEmpty ? try self.server.addresses() : [],
            tls: sockets.isEmpty ? try tlsConfiguration() : nil,
            loops: self.server.loops > 0 ? self.server.loops : Self.cores, limits: limits, timeouts: timeouts,
            connections: possibleConnections, replyPath: self.server.replyPath,
            drainTimeout: .seconds(self.server.drainTimeout))
        server.inheritedSockets = sockets
        if sockets.isEmpty { server.unixSocket = self.server.unixSocket }
        return server
    }

    /// What of that a running server can be given anew.
    func liveSettings(responder: Responder, tls context: TLSContext?) -> LiveSettings {
        LiveSettings(
            responder: responder, limits: limits, timeouts: timeouts, connections: possibleConnections,
            tls: context, hsts: tls.hsts, drainTimeout: .seconds(server.drainTimeout))
    }

    /// Never more in all than there are descriptors for.
    private var possibleConnections: ConnectionLimits {
        var connections = connections
        connections.total = min(
            connections.total, max(1, DescriptorLimit.raised() - Self.reservedDescriptors))
        return connections
    }

    private func tlsConfiguration() throws -> TLSConfiguration? {
        guard let context = try makeTLSContext() else { return nil }
        return TLSConfiguration(
            addresses: try ListeningAddress.resolve(host: server.host, port: UInt16(tls.port)),
            context: context, hsts: tls.hsts)
    }

    /// Certificate and key as they are on the disk now; nil without TLS.
    func makeTLSContext() throws(ServerError) -> TLSContext? {
        tls.isOn ? try TLSContext(tls.certificates, ticketLifetime: tls.ticketLifetime) : nil
    }

    /// Descriptors for everything but connections: data file, log, loops, control socket.
    private static let reservedDescriptors = 64

    /// The cores this process may use, at least 1.
    private static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

extension Configuration.TLS {
    /// One, or two with keys of different kinds.
    fileprivate var certificates: [CertificateFiles] {
        [(certificate, key), (alternateCertificate, alternateKey)].filter { !$0.0.isEmpty }
            .map { CertificateFiles(certificate: $0.0, key: $0.1) }
    }
}

extension Configuration.Server {
    fileprivate func addresses() throws -> [ListeningAddress] {
        try ListeningAddress.resolve(host: host, port: UInt16(port))
    }

    fileprivate var unixSocket: UnixSocket? {
        guard !socket.isEmpty, let mode = App.socketMode(socketMode) else { return nil }
        return UnixSocket(path: socket, mode: mode)
    }
}
