import Auth
import HTTP
import Telemetry

/// What an audit line says beside who and what. Never a secret, nor what somebody typed.
enum AuditDetail: Sendable {
    /// Of sessions, or of lines.
    case count(Int)
    /// Whether the user is one now.
    case administrator(Bool)
    /// Whether the session is a remembered one.
    case remembered(Bool)
    /// An API key, or an app password.
    case credential(Credential.Kind)
    /// What an access token was given for.
    case grant(String)
    /// A signing key, by its public name.
    case key(String)
    /// What was asked for, without its query.
    case request(Request)
    /// Whose page it was: the value of `Origin`, as it was sent.
    case page(ArraySlice<UInt8>?)

    var fields: [(key: String, value: LogValue)] {
        switch self {
        case .count(let count): [("count", .int(count))]
        case .administrator(let flag): [("administrator", .bool(flag))]
        case .remembered(let flag): [("remembered", .bool(flag))]
        case .credential(let kind): [("kind", .string(kind.word))]
        case .grant(let word): [("grant", .string(word))]
        case .key(let id): [("key", .string(id))]
        case .request(let request):
            [("method", .string(request.method.rawValue)), ("path", .string(request.path))]
        case .page(let value?): [("page", .string(String(decoding: value, as: UTF8.self)))]
        case .page(nil): []
        }
    }
}
