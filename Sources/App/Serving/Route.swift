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
    let audit: AuditLog

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
final class Route: Sendable {
    /// What answers: at once, or after it has waited for something, which costs a task.
    enum Handler: Sendable {
        case immediate(@Sendable (Call, Caller) throws -> Response)
        case awaiting(CallerHandler)
    }

    typealias CallerHandler = @Sendable (Call, Caller) async throws -> Response

    /// What a request without a valid credential is answered.
    enum Denial: Sendable {
        /// 401 without a credential, 403 with an unknown one (docs/HTTP.md).
        case standard
        /// Always 403: the form API never says 401.
        case forbidden
        /// Always 401 (RFC 9110 §15.5.2): the newer routes.
        case unauthorized

        /// The answer on a route that speaks of the user, when the path is open and there is none.
        fileprivate var withoutUser: Status {
            switch self {
            case .standard: .notFound
            case .forbidden: .forbidden
            case .unauthorized: .unauthorized
            }
        }

        /// Open to all, by the operator's wish, and yet nothing without a user.
        fileprivate func user(_ caller: Caller) throws(HTTPError) -> SignedIn {
            guard let signedIn = caller.signedIn else { throw HTTPError(withoutUser) }
            return signedIn
        }
    }

    let method: Method
    let pattern: String
    let handler: Handler
    /// Whether the handler wants to know who is asking.
    let needsCaller: Bool
    let denial: Denial
    /// Whether only the owner may, and no program that was given a key: it may not take the account over.
    let demandsOwner: Bool

    private init(
        _ method: Method, _ pattern: String, _ handler: Handler, needsCaller: Bool = true,
        denial: Denial = .standard, demandsOwner: Bool = false
    ) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
        self.needsCaller = needsCaller
        self.denial = denial
        self.demandsOwner = demandsOwner
    }

    /// The same, for the owner alone.
    var byOwner: Route {
        Route(method, pattern, handler, needsCaller: needsCaller, denial: denial, demandsOwner: true)
    }
}

/// Who may come in. The handler's type demands the proof. `open` and `signedIn` are there twice: for handlers that wait
/// and for those that do not.
extension Route {
    /// Anybody whom the filter lets through.
    static func open(
        _ method: Method, _ pattern: String, _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method, pattern, .awaiting { call, _ in try await handler(call) }, needsCaller: false)
    }

    static func open(
        _ method: Method, _ pattern: String, _ handler: @escaping @Sendable (Call) throws -> Response
    ) -> Route {
        Route(method, pattern, .immediate { call, _ in try handler(call) }, needsCaller: false)
    }

    /// A user.
    static func signedIn(
        _ method: Method, _ pattern: String, denial: Denial = .standard,
        _ handler: @escaping @Sendable (Call, SignedIn) async throws -> Response
    ) -> Route {
        Route(
            method, pattern, .awaiting { call, caller in try await handler(call, denial.user(caller)) },
            denial: denial)
    }

    static func signedIn(
        _ method: Method, _ pattern: String, denial: Denial = .standard,
        _ handler: @escaping @Sendable (Call, SignedIn) throws -> Response
    ) -> Route {
        Route(
            method, pattern, .immediate { call, caller in try handler(call, denial.user(caller)) },
            denial: denial)
    }

    /// Whoever the filter lets through; the handler asks the access rules.
    static func ruled(
        _ method: Method, _ pattern: String, denial: Denial = .standard, _ handler: @escaping CallerHandler
    ) -> Route {
        Route(method, pattern, .awaiting(handler), denial: denial)
    }
}
