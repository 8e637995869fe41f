import Auth
import HTTP
import Telemetry

/// The way of every request: router, before-request filter, handler, answer, log line.
final class Application: Sendable {
    private let routes: [Route]
    let router: Router
    let filter: BeforeRequestFilter
    let errors: ErrorAnswers
    let logger: Logger
    let overload: OverloadLog
    let proxies: TrustedProxies
    let audit: AuditLog
    let sharing: CrossOriginSharing
    private let labels: RouteLabels
    private let crossSite: CrossSiteGuard
    private let clock: @Sendable () -> Moment

    init(
        routes: [Route], filter: BeforeRequestFilter, logger: Logger, overload: OverloadLog,
        proxies: TrustedProxies = TrustedProxies(), audit: AuditLog = .off,
        sharing: CrossOriginSharing = CrossOriginSharing(),
        clock: @escaping @Sendable () -> Moment = SystemClock.now
    ) {
        var router = Router()
        for (number, route) in routes.enumerated() { router.add(route.method, route.pattern, number) }
        self.routes = routes
        labels = RouteLabels(routes)
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
            tooManyConnections: errors.unavailable("Too many connections"), routes: labels.patterns,
            report: overload.take)
    }

    /// What is found out about a request while it is answered.
    private struct Findings: Sendable {
        var user: UserID?
        var refusal: CredentialRefusal?
        var authenticationInfo: String?
        /// For figures: see `Response.route`.
        var route: UInt16 = 0
    }

    /// What a step comes to: the answer, or what must be waited for.
    private enum Step {
        case answer(Response)
        case wait(@Sendable (inout Findings) async throws -> Response)
    }

    private func respond(to request: consuming Request) -> Responder.Reply {
        // Once: it may change before the answer is there.
        let start = logger.isQuiet ? nil : SystemClock.microseconds()
        let origin = proxies.origin(of: request)
        // What a proxy speaks to us says nothing of what its client speaks to it.
        request.isSecure = request.isSecure && origin.isSecure
        // A look-up without effects; that there is no such route is said after the filter only.
        let match = router.match(request.path)
        let call = Call(
            request: request, origin: origin, parameters: match?.parameters ?? PathParameters(), now: clock(),
            audit: audit)
        var findings = Findings()
        findings.route = labels[match?.resource.first]
        do {
            switch try begin(call, match?.resource, &findings) {
            case .answer(let response): return .ready(finish(response, call, findings, start))
            case .wait(let work):
                return .pending(route: findings.route) { [findings] in
                    var findings = findings
                    do {
                        let response = try await work(&findings)
                        return self.finish(response, call, findings, start)
                    } catch {
                        let response = self.errors.answer(to: error, call.request.id)
                        return self.finish(response, call, findings, start)
                    }
                }
            }
        } catch {
            return .ready(finish(errors.answer(to: error, call.request.id), call, findings, start))
        }
    }

    /// What every answer gets, and the lines of the logs. `start` is nil when none will tell how long it took.
    private func finish(
        _ response: consuming Response, _ call: Call, _ findings: Findings, _ start: Int64?
    ) -> Response {
        if response.status == .forbidden, let user = findings.user {
            let source = AuditSource(id: call.request.id, address: call.origin.address, actor: user)
            audit.record(.accessDenied, .rights, from: source, [.request(call.request)])
        }
        if response.status == .unauthorized {
            response.fields += filter.challenges(for: call.request, after: findings.refusal, at: clock())
        }
        if let authenticationInfo = findings.authenticationInfo {
            response.fields.append(ResponseField("Authentication-Info", authenticationInfo))
        }
        response.route = findings.route
        if sharing.isOn { response.fields += sharing.grant(to: call.request) }
        if let start {
            logger.request(
                AccessLine(
                    id: call.request.id, peer: call.origin.address, method: call.request.method.rawValue,
                    path: call.request.path, status: response.status,
                    microseconds: SystemClock.microseconds() - start, user: findings.user))
        }
        return response
    }

    private func begin(
        _ call: Call, _ resource: Router.Resource?, _ findings: inout Findings
    ) throws -> Step {
        guard !call.request.head.target.isAsterisk else {
            return .answer(
                Response(status: .noContent, fields: [ResponseField("Allow", Self.methods)]))
        }
        try refuseCrossSite(call)
        if let resource, let response = sharing.preflight(call.request, methods: resource.allow) {
            return .answer(response)
        }
        let glance = filter.glance(call.request, at: call.now)
        switch consume glance {
        case .found(let verdict): return try proceed(call, verdict, resource, &findings)
        case .shows(let field):
            return .wait { findings in
                let verdict = try await self.judge(field, call)
                switch try self.proceed(call, verdict, resource, &findings) {
                case .answer(let response): return response
                case .wait(let work): return try await work(&findings)
                }
            }
        }
    }

    /// Goes on with what the filter has found.
    private func proceed(
        _ call: Call, _ verdict: consuming BeforeRequestFilter.Verdict, _ resource: Router.Resource?,
        _ findings: inout Findings
    ) throws -> Step {
        let method = call.request.method
        let route = resource?.number(for: method).map { routes[$0] }
        let caller: Caller
        switch consume verdict {
        case .open:
            let session =
                route?.needsCaller == true ? filter.session(of: call.request, at: call.now) : nil
            caller = Caller(signedIn: session, isRestricted: false)
        case .unfiltered: caller = Caller(signedIn: nil, isRestricted: false)
        case .signedIn(let signedIn): caller = Caller(signedIn: signedIn, isRestricted: true)
        case .missing: throw HTTPError(route?.denial == .forbidden ? .forbidden : .unauthorized)
        case .unknown(let why):
            findings.refusal = why
            let isUnauthorized = why?.invitesRetry ?? false || route?.denial == .unauthorized
            throw HTTPError(isUnauthorized ? .unauthorized : .forbidden)
        }
        findings.user = caller.signedIn?.userID
        findings.authenticationInfo = caller.signedIn?.authenticationInfo
        guard let resource else { throw HTTPError(.notFound) }
        guard let route else {
            let allow = ResponseField("Allow", resource.allow)
            guard method == .options else { throw HTTPError(.methodNotAllowed, fields: [allow]) }
            return .answer(Response(status: .noContent, fields: [allow]))
        }
        if let signedIn = caller.signedIn, signedIn.isReadOnly, !method.isSafe {
            throw HTTPError(.forbidden, "This credential may only read")
        }
        if route.demandsOwner, let signedIn = caller.signedIn, !signedIn.provesOwner {
            throw HTTPError(.forbidden, "Not with this credential")
        }
        switch route.handler {
        case .immediate(let handler): return .answer(try handler(call, caller))
        case .awaiting(let handler): return .wait { _ in try await handler(call, caller) }
        }
    }

    /// Before all else: what another site's page asks for does not depend on who looks at it.
    private func refuseCrossSite(_ call: Call) throws {
        guard let sign = crossSite.sign(in: call.request, from: call.origin) else { return }
        call.record(
            .crossSite, AuditReason(sign), .request(call.request), .page(call.request.fields[.origin]))
        throw HTTPError(.forbidden)
    }

    /// Asks the filter, and keeps in the audit log what came of a password that the request shows.
    private func judge(
        _ field: AuthorizationField, _ call: Call
    ) async throws -> BeforeRequestFilter.Verdict {
        let address = call.origin.address
        var source = AuditSource(id: call.request.id, address: address, scheme: "basic")
        do {
            let verdict = try await filter.judge(field, call.request, from: address, at: call.now)
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
