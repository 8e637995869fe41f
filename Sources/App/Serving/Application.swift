import Auth
import HTTP
import Telemetry

/// The way of every request: router, before-request filter, handler, answer, log line.
struct Application: Sendable {
    let router: Router<Route>
    let filter: BeforeRequestFilter
    let errors: ErrorAnswers
    let logger: Logger
    let overload: OverloadLog
    let proxies: TrustedProxies
    let audit: AuditLog
    let sharing: CrossOriginSharing
    private let crossSite: CrossSiteGuard
    private let clock: @Sendable () -> Moment

    init(
        routes: [Route], filter: BeforeRequestFilter, logger: Logger, overload: OverloadLog,
        proxies: TrustedProxies = TrustedProxies(), audit: AuditLog = .off,
        sharing: CrossOriginSharing = CrossOriginSharing(),
        clock: @escaping @Sendable () -> Moment = SystemClock.now
    ) {
        var router = Router<Route>()
        for route in routes { router.add(route.method, route.pattern, route) }
        self.router = router
        self.filter = filter
        self.logger = logger
        self.overload = overload
        self.proxies = proxies
        self.audit = audit
        self.sharing = sharing
        crossSite = CrossSiteGuard(trusted: sharing.origins)
        self.clock = clock
        errors = ErrorAnswers(logger: logger, overload: overload)
    }

    /// What the server calls.
    var responder: Responder {
        Responder(
            respond: respond, refuse: refuse,
            tooManyConnections: errors.unavailable("Too many connections"), report: overload.take)
    }

    /// What is known of a request while it is answered.
    private struct Exchange: Sendable {
        var request: Request
        let origin: ClientOrigin
        /// Microseconds; nil: no line will tell how long it took. Decided once: it may change before the answer is there.
        let start: Int64?
        let now: Moment
        var user: User?
        var refusal: CredentialRefusal?
        var authenticationInfo: String?
    }

    /// What a step comes to: the answer, or what must be waited for.
    private enum Step {
        case answer(Response)
        case wait(@Sendable (inout Exchange) async throws -> Response)
    }

    private func respond(to request: Request) -> Responder.Reply {
        var exchange = Exchange(
            request: request, origin: proxies.origin(of: request),
            start: logger.isQuiet ? nil : SystemClock.microseconds(), now: clock())
        // What a proxy speaks to us says nothing of what its client speaks to it.
        if !exchange.origin.isSecure { exchange.request.isSecure = false }
        do {
            switch try begin(&exchange) {
            case .answer(let response): return .ready(finish(exchange, response))
            case .wait(let work):
                return .pending { [exchange] in
                    var exchange = exchange
                    do {
                        let response = try await work(&exchange)
                        return finish(exchange, response)
                    } catch {
                        return finish(exchange, errors.answer(to: error, exchange.request.id))
                    }
                }
            }
        } catch {
            return .ready(finish(exchange, errors.answer(to: error, request.id)))
        }
    }

    /// What every answer gets, and the lines of the logs.
    private func finish(_ exchange: Exchange, _ response: Response) -> Response {
        var response = response
        let request = exchange.request
        if response.status == .forbidden, let user = exchange.user {
            audit.record(
                .accessDenied, .rights,
                from: AuditSource(id: request.id, address: exchange.origin.address, actor: user.id),
                [.request(request)])
        }
        if response.status == .unauthorized {
            response.fields += filter.challenges(for: request, after: exchange.refusal, at: clock())
        }
        if let authenticationInfo = exchange.authenticationInfo {
            response.fields.append(ResponseField("Authentication-Info", authenticationInfo))
        }
        if sharing.isOn { response.fields += sharing.grant(to: request) }
        if let start = exchange.start {
            logger.request(
                AccessLine(
                    id: request.id, peer: exchange.origin.address, method: request.method.rawValue,
                    path: request.path, status: response.status,
                    microseconds: SystemClock.microseconds() - start, user: exchange.user?.id))
        }
        return response
    }

    private func begin(_ exchange: inout Exchange) throws -> Step {
        let request = exchange.request
        guard !request.head.target.isAsterisk else {
            return .answer(
                Response(status: .noContent, fields: [ResponseField("Allow", Self.methods)]))
        }
        try refuseCrossSite(request, exchange.origin)
        // Finding the route is a look-up without effects; that there is none is said after the filter only.
        let match = router.match(request.path)
        let route = match?.resource.value(for: request.method)
        if let match, let response = sharing.preflight(request, methods: match.resource.allow) {
            return .answer(response)
        }
        switch filter.glance(request, at: exchange.now) {
        case .found(let verdict): return try proceed(&exchange, verdict, match, route)
        case .shows(let field):
            return .wait { exchange in
                let verdict = try await judge(field, exchange)
                switch try proceed(&exchange, verdict, match, route) {
                case .answer(let response): return response
                case .wait(let work): return try await work(&exchange)
                }
            }
        }
    }

    /// Goes on with what the filter has found.
    private func proceed(
        _ exchange: inout Exchange, _ verdict: BeforeRequestFilter.Verdict, _ match: Router<Route>.Match?,
        _ route: Route?
    ) throws -> Step {
        let request = exchange.request
        let caller: Caller
        switch verdict {
        case .open:
            let session = route?.needsCaller == true ? filter.session(of: request, at: exchange.now) : nil
            caller = Caller(signedIn: session, isRestricted: false)
        case .unfiltered: caller = Caller(signedIn: nil, isRestricted: false)
        case .signedIn(let signedIn): caller = Caller(signedIn: signedIn, isRestricted: true)
        case .missing: throw HTTPError(route?.denial == .forbidden ? .forbidden : .unauthorized)
        case .unknown(let why):
            exchange.refusal = why
            let isUnauthorized = why?.invitesRetry ?? false || route?.denial == .unauthorized
            throw HTTPError(isUnauthorized ? .unauthorized : .forbidden)
        }
        exchange.user = caller.signedIn?.user
        exchange.authenticationInfo = caller.signedIn?.authenticationInfo
        guard let match else { throw HTTPError(.notFound) }
        guard let route else {
            let allow = ResponseField("Allow", match.resource.allow)
            guard request.method == .options else { throw HTTPError(.methodNotAllowed, fields: [allow]) }
            return .answer(Response(status: .noContent, fields: [allow]))
        }
        if let signedIn = caller.signedIn, signedIn.isReadOnly, !request.method.isSafe {
            throw HTTPError(.forbidden, "This credential may only read")
        }
        if route.demandsOwner, let signedIn = caller.signedIn, !signedIn.provesOwner {
            throw HTTPError(.forbidden, "Not with this credential")
        }
        let call = Call(
            request: request, origin: exchange.origin, parameters: match.parameters, now: exchange.now,
            audit: audit)
        switch route.handler {
        case .immediate(let handler): return .answer(try handler(call, caller))
        case .awaiting(let handler): return .wait { _ in try await handler(call, caller) }
        }
    }

    /// Before all else: what another site's page asks for does not depend on who looks at it.
    private func refuseCrossSite(_ request: Request, _ origin: ClientOrigin) throws {
        guard let sign = crossSite.sign(in: request, from: origin) else { return }
        audit.record(
            .crossSite, AuditReason(sign), from: AuditSource(id: request.id, address: origin.address),
            [.request(request), .page(request.fields[.origin])])
        throw HTTPError(.forbidden)
    }

    /// Asks the filter, and keeps in the audit log what came of a password that the request shows.
    private func judge(
        _ field: AuthorizationField, _ exchange: Exchange
    ) async throws -> BeforeRequestFilter.Verdict {
        let address = exchange.origin.address
        var source = AuditSource(id: exchange.request.id, address: address, scheme: "basic")
        do {
            let verdict = try await filter.judge(field, exchange.request, from: address, at: exchange.now)
            switch verdict {
            case .signedIn(let signedIn)
            where [.basic, .digest].contains(signedIn.scheme) && !signedIn.isContinued:
                source.scheme = signedIn.scheme.rawValue
                audit.record(.signIn, from: source, user: signedIn.user.id)
            case .unknown(let refusal?):
                source.scheme = refusal.scheme.rawValue
                switch refusal.reason {
                case .password(let why):
                    audit.record(.signIn, AuditReason(why), from: source, user: why.user)
                case .key(let why):
                    audit.record(.signIn, AuditReason(why), from: source, user: why.user)
                case .token(let why): audit.record(.tokenRefused, AuditReason(why), from: source)
                case .proof(let user): audit.record(.signIn, .wrongProof, from: source, user: user)
                case .replayed(let user): audit.record(.signIn, .replayed, from: source, user: user)
                case .malformed, .staleNonce: break
                }
            default: break
            }
            return verdict
        } catch {
            // A password was to be verified; else it was a token's user who could not be looked up.
            if field.isOf("basic") {
                audit.record(.signIn, AuditReason(of: error), from: source)
            }
            throw error
        }
    }

    /// What `OPTIONS *` says.
    private static let methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS"

    private func refuse(_ refusal: Refusal, _ id: RequestID, _ peer: PeerAddress) -> Response {
        if !logger.isQuiet {
            logger.request(
                AccessLine(
                    id: id, peer: peer, method: "-", path: "-", status: refusal.status, microseconds: 0,
                    user: nil))
            logger.log(.info, "refused", ["id": .string(id.description), "reason": .string(refusal.reason)])
        }
        switch refusal.status {
        case .methodNotAllowed:
            return errors.answer(
                refusal.status, refusal.status.errorText, fields: [ResponseField("Allow", Self.methods)])
        case .serviceUnavailable: return errors.unavailable(refusal.reason)
        default: return errors.answer(refusal.status, refusal.reason)
        }
    }
}

extension AccessLine {
    /// A line in the terms of HTTP and Auth.
    init(
        id: RequestID, peer: PeerAddress, method: String, path: String, status: Status, microseconds: Int64,
        user: UserID?
    ) {
        let address: Peer =
            switch peer {
            case .v4(let bits): .v4(bits)
            case .v6(let high, let low): .v6(high, low)
            case .unix: .unix
            case .unknown: .unknown
            }
        self.init(
            id: id.rawValue, peer: address, method: method, path: path, status: status.rawValue,
            microseconds: microseconds, user: user.map { UserBits(high: $0.high, low: $0.low) })
    }
}
