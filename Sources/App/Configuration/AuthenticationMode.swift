/// What stands between a request and a protected path.
public enum AuthenticationMode: Sendable, Equatable {
    /// Nothing: every path is open (`AUTH_TYPE=none`).
    case unprotected
    /// The filter with these schemes.
    ///
    /// With none of them every protected path is 401 or 403 (`AUTH_TYPE=auth`).
    case protected([Configuration.Scheme])

    /// Whether sign-in makes sessions; without, it answers 501.
    public var hasSessions: Bool { accepts(.session) }

    /// Whether this scheme is asked.
    public func accepts(_ scheme: Configuration.Scheme) -> Bool {
        guard case .protected(let schemes) = self else { return false }
        return schemes.contains(scheme)
    }
}

/// The values of the original's variable `AUTH_TYPE` (docs/CONFIGURATION.md).
enum AuthenticationType: String, CaseIterable {
    case none
    case auth
    case basic = "basic_auth"
    case session = "session_auth"
    case expiringSession = "session_exp_auth"
    case durableSession = "session_db_auth"

    var filter: Configuration.Filter { self == .none ? .none : .schemes }

    var schemes: [Configuration.Scheme] {
        switch self {
        case .none, .auth: []
        case .basic: [.basic]
        case .session, .expiringSession, .durableSession: [.session]
        }
    }

    /// Nil: sessions stay as they are configured.
    var durable: Bool? {
        switch self {
        case .none, .auth, .basic: nil
        case .session, .expiringSession: false
        case .durableSession: true
        }
    }
}
