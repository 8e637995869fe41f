import FoundationEssentials
import HTTP

/// Name and password with every request (RFC 7617).
public struct BasicScheme: Sendable {
    private let accounts: Accounts

    /// A scheme that verifies against these accounts.
    public init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// The challenge of a 401 (RFC 7617 §2 and §2.1).
    var challenge: String { "Basic realm=\"sessiond\", charset=\"UTF-8\"" }

    /// Whose password this is; nil: the request shows none. Throws when the store or the workers cannot say.
    func authenticate(_ request: Request, from source: SignInSource) async throws -> Verification? {
        guard let credentials = request.fields[.authorization].flatMap(Self.credentials(in:)) else {
            return nil
        }
        return try await accounts.check(
            email: credentials.user, password: credentials.password, from: source)
    }

    /// `Basic` SP base64(user ":" password): scheme in any case, split at the first colon, UTF-8.
    static func credentials(in authorization: ArraySlice<UInt8>) -> (user: String, password: String)? {
        guard let space = authorization.firstIndex(of: UInt8(ascii: " ")),
            String(decoding: authorization[..<space], as: UTF8.self).lowercased() == "basic"
        else { return nil }
        let encoded = authorization[space...].drop { $0 == UInt8(ascii: " ") }
        guard let decoded = Data(base64Encoded: Data(encoded)),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: decoded[..<colon], as: UTF8.self),
            let password = String(validating: decoded[decoded.index(after: colon)...], as: UTF8.self)
        else { return nil }
        return (user, password)
    }
}
