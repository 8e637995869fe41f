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
    private let patterns: [String]
    private let crossSite: CrossSiteGuard
    private let clock: @Sendable () -> Moment

    init(
        routes: [Route], filter: BeforeRequestFilter, logger: Logger, overload: OverloadLog,
        proxies: TrustedProxies = TrustedProxies(), audit: AuditLog = .off,
        sharing: CrossOriginSharing = CrossOriginSharing(),
        clock: @escaping @Sendable () -> Moment = SystemClock.now
    ) {
        var router = Router<Route>()
        var patterns: [String] = []
        for var route in routes {
            if !patterns.contains(route.pattern) { patterns.append(route.pattern) }
            route.number = UInt16(1 + (patterns.firstIndex(of: route.pattern) ?? 0))
            router.add(route.method, route.pattern, route)
        }
        self.router = router
        self.patterns = patterns
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
            tooManyConnections: errors.unavailable("Too many connections"), routes: patterns,
            report: overload.take)
    }

    private func respond(to request: Request) async -> Response {
        // Once: it may change before the answer is there.
        let isQuiet = logger.isQuiet
        let start = isQuiet ? 0 : SystemClock.microseconds()
        var user: User?
        var refusal: CredentialRefusal?
        var authenticationInfo: String?
        var number: UInt16 = 0
        var response: Response
        let origin = proxies.origin(of: request)
        var request = request
        // What a proxy speaks to us says nothing of what its client speaks to it.
        if !origin.isSecure { request.isSecure = false }
        do {
            response = try await answer(request, origin, &user, &refusal, &authenticationInfo, &number)
        } catch {
            response = errors.answer(to: error, request.id)
        }
        if response.status == .forbidden, let user {
            audit.record(
                .accessDenied, .rights,
                from: AuditSource(id: request.id, address: origin.address, actor: user.id),
                [.request(request)])
        }
        if response.status == .unauthorized {
            response.fields += filter.challenges(for: request, after: refusal, at: clock())
        }
        if let authenticationInfo {
            response.fields.append(ResponseField("Authentication-Info", authenticationInfo))
        }
        response.fields += sharing.grant(to: request)
        response.route = number
        if !isQuiet {
            logger.request(
                AccessLine(
                    id: request.id, peer: origin.address, method: request.method.rawValue, path: request.path,
                    status: response.status, microseconds: SystemClock.microseconds() - start, user: user?.id)
            )
        }
        return response
    }

    private func answer(
        _ request: Request, _ origin: ClientOrigin, _ user: inout User?, _ refusal: inout CredentialRefusal?,
        _ authenticationInfo: inout String?, _ number: inout UInt16
    ) async throws -> Response {
        guard !request.head.target.isAsterisk else {
            return Response(status: .noContent, fields: [ResponseField("Allow", Self.methods)])
        }
        try refuseCrossSite(request, origin)
        // Finding the route is a look-up without effects; that there is none is said after the filter only.
        let match = router.match(request.path)
        let route = match?.resource.value(for: request.method)
        number = route?.number ?? match?.resource.values.first?.value.number ?? 0
        if let match, let response = sharing.preflight(request, methods: match.resource.allow) {
            return response
        }
        let now = clock()
        let caller: Caller
        switch try await judge(request, origin, at: now) {
        case .open:
            let session = route?.needsCaller == true ? filter.session(of: request, at: now) : nil
            caller = Caller(signedIn: session, isRestricted: false)
        case .unfiltered: caller = Caller(signedIn: nil, isRestricted: false)
        case .signedIn(let signedIn): caller = Caller(signedIn: signedIn, isRestricted: true)
        case .missing: throw HTTPError(route?.denial == .forbidden ? .forbidden : .unauthorized)
        case .unknown(let why):
            refusal = why
            let isUnauthorized = why?.invitesRetry ?? false || route?.denial == .unauthorized
            throw HTTPError(isUnauthorized ? .unauthorized : .forbidden)
        }
        user = caller.signedIn?.user
        authenticationInfo = caller.signedIn?.authenticationInfo
        guard let match else { throw HTTPError(.notFound) }
        let allow = ResponseField("Allow", match.resource.allow)
        guard let route else {
            guard request.method == .options else { throw HTTPError(.methodNotAllowed, fields: [allow]) }
            return Response(status: .noContent, fields: [allow])
        }
        if let signedIn = caller.signedIn, signedIn.isReadOnly, !request.method.isSafe {
            throw HTTPError(.forbidden, "This credential may only read")
        }
        if route.demandsOwner, let signedIn = caller.signedIn, !signedIn.provesOwner {
            throw HTTPError(.forbidden, "Not with this credential")
        }
        let call = Call(
            request: request, origin: origin, parameters: match.parameters, now: now, audit: audit)
        switch route.access {
        case .open(let handler): return try await handler(call)
        case .ruled(let handler): return try await handler(call, caller)
        case .signedIn(let handler):
            // Open to all, by the operator's wish, and yet nothing without a user.
            guard let signedIn = caller.signedIn else { throw HTTPError(route.withoutUser) }
            return try await handler(call, signedIn)
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
        _ request: Request, _ origin: ClientOrigin, at now: Moment
    ) async throws -> BeforeRequestFilter.Verdict {
        var source = AuditSource(id: request.id, address: origin.address, scheme: "basic")
        do {
            let verdict = try await filter.judge(request, from: origin.address, at: now)
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
            if request.fields[.authorization].flatMap(AuthorizationField.init)?.isOf("basic") ?? false {
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
