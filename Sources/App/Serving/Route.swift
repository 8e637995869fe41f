import Auth
import HTTP

/// What a handler is given: the request and what was found out about it.
struct Call: Sendable {
    let request: Request
    /// Whom it came from: behind trusted proxies, their client.
    let origin: ClientOrigin
    let parameters: PathParameters
    let now: Moment
    /// Where security events go; `record` writes them.
    var audit = AuditLog.off

    /// Whether the client speaks TLS.
    var isSecure: Bool { origin.isSecure }
}

/// Who is asking, on the routes that have rules of their own about it.
struct Caller: Sendable {
    /// The user, where one is known.
    let signedIn: SignedIn?
    /// Whether access rules hold: not without a filter (`AUTH_TYPE=none`), nor on a path that the operator opened.
    let isRestricted: Bool

    /// The user whose rights count; nil: anybody may do anything here.
    var restrictedTo: User? { isRestricted ? signedIn?.user : nil }
}

/// One row of the route table: method, path, access, handler.
struct Route: Sendable {
    typealias OpenHandler = @Sendable (Call) async throws -> Response
    typealias SignedInHandler = @Sendable (Call, SignedIn) async throws -> Response
    typealias CallerHandler = @Sendable (Call, Caller) async throws -> Response

    /// Who may come in. The handler's type demands the proof.
    enum Access: Sendable {
        /// Anybody whom the filter lets through.
        case open(OpenHandler)
        /// A user.
        case signedIn(SignedInHandler)
        /// Whoever the filter lets through; the handler asks the access rules.
        case ruled(CallerHandler)
    }

    /// What a request without a valid credential is answered.
    enum Denial: Sendable {
        /// 401 without a credential, 403 with an unknown one (docs/HTTP.md).
        case standard
        /// Always 403: the form API never says 401.
        case forbidden
        /// Always 401 (RFC 9110 §15.5.2): the newer routes.
        case unauthorized
    }

    let method: Method
    let pattern: String
    let access: Access
    /// That of its pattern, for figures: see `Response.route`.
    var number: UInt16 = 0
    var denial = Denial.standard
    /// Whether only the owner may, and no program that was given a key: it may not take the account over.
    var demandsOwner = false

    /// The same, for the owner alone.
    var byOwner: Route {
        var route = self
        route.demandsOwner = true
        return route
    }

    /// Whether the handler wants to know who is asking.
    var needsCaller: Bool {
        if case .open = access { false } else { true }
    }

    /// The answer on a route that speaks of the user, when the path is open and there is none.
    var withoutUser: Status {
        switch denial {
        case .standard: .notFound
        case .forbidden: .forbidden
        case .unauthorized: .unauthorized
        }
    }

    static func open(_ method: Method, _ pattern: String, _ handler: @escaping OpenHandler) -> Route {
        Route(method: method, pattern: pattern, access: .open(handler))
    }

    static func signedIn(
        _ method: Method, _ pattern: String, denial: Denial = .standard, _ handler: @escaping SignedInHandler
    ) -> Route {
        Route(method: method, pattern: pattern, access: .signedIn(handler), denial: denial)
    }

    static func ruled(
        _ method: Method, _ pattern: String, denial: Denial = .standard, _ handler: @escaping CallerHandler
    ) -> Route {
        Route(method: method, pattern: pattern, access: .ruled(handler), denial: denial)
    }
}
