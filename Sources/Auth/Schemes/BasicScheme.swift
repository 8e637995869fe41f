import FoundationEssentials
public import HTTP

/// Name and password with every request (RFC 7617).
public struct BasicScheme: Sendable {
    private let accounts: Accounts

    /// A scheme that verifies against these accounts.
    public init(accounts: Accounts) {
        self.accounts = accounts
    }

    /// The challenge of a 401 (RFC 7617 §2 and §2.1).
    var challenge: String { "Basic realm=\"sessiond\", charset=\"UTF-8\"" }

    /// Whose password this is. Throws when the store or the workers cannot say.
    func authenticate(
        _ field: AuthorizationField, from address: PeerAddress, at now: Moment
    ) async throws -> SchemeOutcome {
        guard let (user, password) = Self.credentials(in: field) else {
            return .refused(CredentialRefusal(.basic, .malformed))
        }
        let key = Array(password.utf8)[...]
        if let outcome = try APIKeys(accounts: accounts).authenticate(key, of: user, from: address, at: now) {
            return outcome
        }
        switch try await accounts.check(
            email: user, password: password, from: SignInSource(address: address))
        {
        case .account(let account):
            return .signedIn(SignedIn(UserSnapshot(account.user), .basic, authenticatedAt: now.steady))
        case .refused(let refusal): return .refused(CredentialRefusal(.basic, .password(refusal)))
        }
    }

    /// `Basic` SP base64(user ":" password): split at the first colon, UTF-8.
    public static func credentials(in field: AuthorizationField) -> (user: String, password: String)? {
        guard field.isOf("basic"), let decoded = Data(base64Encoded: Data(field.credentials)),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: decoded[..<colon], as: UTF8.self),
            let password = String(validating: decoded[decoded.index(after: colon)...], as: UTF8.self)
        else { return nil }
        return (user, password)
    }
}
