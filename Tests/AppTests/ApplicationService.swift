import Crypto
import FoundationEssentials
import HTTP
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App
@testable import Auth

/// The whole application without a socket, put together as `Serving` does it, on stores in memory.
struct ApplicationService {
    /// What a test sets; the rest is as in the default configuration.
    struct Settings {
        /// Nil: no filter.
        var schemes: [Configuration.Scheme]? = [.session]
        var readiness = Readiness()
        var openPaths = OpenPath.originals.map(\.description)
        var isDurable = true
        /// Nil: the default, durable or not.
        var sessions: SessionPolicy?
        var access = AccessRules.own
        var registrationIsOpen = true
        var uniformErrors = true
        var resetDelivery = Configuration.Delivery.response
        var wakeMail: @Sendable () -> Void = {}
        var secureCookies = false
        var proxies = TrustedProxies()
        var logger = Logger.silent
        /// Nil: among the lines of the log.
        var audit: AuditLog?
        var sharing = CrossOriginSharing()
        var furtherRoutes: [Route] = []
        /// Seconds; 0: off.
        var reauthenticateAfter = 0
        var limits: RateLimitPolicy?
        var credentials = CredentialPolicy()
        var tokens = TokenPolicy()
        var clock: @Sendable () -> Moment = SystemClock.now
    }

    let store = MemoryStore()
    let hashers = HashGovernor.plain(threads: 2, capacity: 100)
    let accounts: Accounts
    /// Without a key until `keys.open`.
    let tokens: AccessTokens
    let responder: Responder
    let routes: [Route]
    private let clock: @Sendable () -> Moment

    init(_ change: (inout Settings) -> Void = { _ in }) throws {
        var settings = Settings()
        change(&settings)
        var policy = AccountPolicy()
        policy.sessions.isDurable = settings.isDurable
        policy.sendsMail = settings.resetDelivery == .mail
        policy.credentials = settings.credentials
        if let sessions = settings.sessions { policy.sessions = sessions }
        let accounts = try Accounts(
            stores: store, sessions: SessionMap { UserRendering(of: $0) }, policy: policy,
            hashing: PasswordHashing(memoryKiB: 8, iterations: 1), hashers: hashers,
            limits: RateLimits(settings.limits, counters: RateCounters(buckets: 512)) {
                [clock = settings.clock] in clock().steady
            })
        self.accounts = accounts
        let keys = SigningKeys(of: accounts)
        let tokens = AccessTokens(keys: keys, policy: settings.tokens)
        self.tokens = tokens
        let schemes = settings.schemes?.map { scheme -> BeforeRequestFilter.Scheme in
            switch scheme {
            case .bearer: .bearer(BearerScheme(accounts: accounts, tokens: tokens))
            case .session:
                .session(SessionCookieScheme(cookieName: "session_id", sessions: accounts.sessions))
            case .basic: .basic(BasicScheme(accounts: accounts))
            case .digest:
                .digest(
                    DigestScheme(accounts: accounts, allowsMD5: false, nonceLifetime: .seconds(300)))
            }
        }
        let cookies = SessionCookies(
            name: SessionCookieName("session_id"), secure: settings.secureCookies ? .always : .auto)
        clock = settings.clock
        let signInAge = SignInAge(limit: settings.reauthenticateAfter)
        let signingIn = SigningIn(
            accounts: accounts, cookies: cookies,
            hasSessions: settings.schemes?.contains(.session) ?? false)
        let usersSessions = UserSessionHandlers(accounts: accounts, cookies: cookies, signInAge: signInAge)
        func credentials(_ kind: Credential.Kind) -> CredentialHandlers {
            CredentialHandlers(kind: kind, accounts: accounts, signInAge: signInAge, users: usersSessions)
        }
        routes = routeTable(
            description: DescriptionHandlers(
                APIDocument(
                    schemes: settings.schemes ?? [],
                    openPaths: settings.schemes == nil ? nil : settings.openPaths.compactMap(OpenPath.init),
                    cookieName: "session_id", shortestPassword: 5)),
            metrics: MetricsHandlers { Array("# figures\n".utf8) },
            status: StatusHandlers(accounts: accounts, readiness: settings.readiness),
            users: UserHandlers(
                accounts: accounts, access: settings.access,
                registrationIsOpen: settings.registrationIsOpen, signInAge: signInAge,
                listing: UserListing(accounts: accounts)),
            sessions: SessionHandlers(
                accounts: accounts, signingIn: signingIn, cookies: cookies,
                uniformErrors: settings.uniformErrors),
            service: ServiceHandlers(
                accounts: accounts, signingIn: signingIn, cookies: cookies,
                registrationIsOpen: settings.registrationIsOpen,
                resetDelivery: settings.resetDelivery, wakeMail: settings.wakeMail),
            own: OwnSessionHandlers(accounts: accounts, cookies: cookies, signInAge: signInAge),
            usersSessions: usersSessions,
            account: OwnAccountHandlers(
                accounts: accounts, cookies: cookies, delivery: settings.resetDelivery,
                wakeMail: settings.wakeMail),
            keys: credentials(.apiKey), apps: credentials(.appPassword),
            tokens: TokenHandlers(
                accounts: accounts, signingIn: signingIn,
                tokens: settings.schemes?.contains(.bearer) ?? false ? tokens : nil))
        responder =
            Application(
                routes: routes + settings.furtherRoutes,
                filter: BeforeRequestFilter(
                    schemes: schemes, openPaths: try settings.openPaths.map { try #require(OpenPath($0)) },
                    cookieName: "session_id"), logger: settings.logger,
                overload: OverloadLog(logger: settings.logger), proxies: settings.proxies,
                audit: settings.audit ?? .among(settings.logger), sharing: settings.sharing,
                clock: settings.clock
            ).responder
    }

    /// One request and its answer; the target goes through the same parser as on the wire.
    func send(
        _ method: HTTP.Method, _ target: String, token: String? = nil, basic: (String, String)? = nil,
        accept: String? = nil, isSecure: Bool = false, from peer: PeerAddress = .unknown,
        device: String? = nil, forwardedFor: String? = nil, fields further: [(RequestField, String)] = [],
        _ body: Body = .none
    ) async throws -> Response {
        var fields = further
        if let device { fields.append((.cookie, "device=\(device)")) }
        if let forwardedFor { fields.append((.xForwardedFor, forwardedFor)) }
        if let token { fields.append((.cookie, "session_id=\(token)")) }
        if let (user, password) = basic {
            fields.append((.authorization, "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()))
        }
        if let accept { fields.append((.accept, accept)) }
        if let type = body.type { fields.append((.contentType, type)) }
        let head = RequestHead(
            method: method, target: try RequestTarget(Array(target.utf8)[...], method: method),
            fields: RequestFields(fields))
        return await responder.answer(
            Request(
                head: head, body: Array(body.text.utf8), id: RequestID(rawValue: 0xabc), peer: peer,
                isSecure: isSecure))
    }

    /// What a request carries.
    enum Body {
        case none
        case form(String)
        case json(String)
        case other(String, type: String)

        var type: String? {
            switch self {
            case .none: nil
            case .form: "application/x-www-form-urlencoded"
            case .json: "application/json"
            case .other(_, let type): type
            }
        }

        var text: String {
            switch self {
            case .none: ""
            case .form(let text), .json(let text), .other(let text, _): text
            }
        }
    }

    /// Registers somebody; the first becomes administrator.
    func register(_ email: String) async throws -> User {
        try await accounts.register(email: email, password: "correct horse", at: clock())
    }

    /// The text of a live session's token.
    func signIn(_ email: String) async throws -> String {
        let account = try #require(try await accounts.verify(email: email, password: "correct horse"))
        return try #require(try await accounts.signIn(account, at: clock())).token.text
    }

    /// An administrator and an ordinary user, both signed in.
    func registerTwo() async throws -> (boss: User, bossToken: String, ada: User, adaToken: String) {
        let (boss, ada) = (try await register("boss@example.org"), try await register("ada@example.org"))
        return (boss, try await signIn("boss@example.org"), ada, try await signIn("ada@example.org"))
    }
}

extension Responder {
    /// The answer, whether it takes waiting or not.
    func answer(_ request: Request) async -> Response {
        switch respond(request) {
        case .ready(let response): response
        case .pending(_, let work): await work()
        }
    }
}

extension Response {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// All values of a field.
    func values(of name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }
}

/// Records an issue unless this is the answer to an error, to the last byte.
func expectRefusal(
    _ response: Response, _ status: Status, _ text: String? = nil,
    at location: SourceLocation = #_sourceLocation
) {
    #expect(response.status == status, sourceLocation: location)
    #expect(response.text == "{\"error\":\"\(text ?? status.errorText)\"}\n", sourceLocation: location)
}
