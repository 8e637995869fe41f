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
        let memory = accounts.memory.passwords
        let name = memory.name(of: field.credentials, from: address)
        // A limit that is used up holds for this too: it would tell the right guess from the others.
        if let name, let known = memory.find(name, at: now.steady),
            !accounts.limits.isFull(known.place, from: address)
        {
            return .signedIn(
                SignedIn(known.snapshot, .basic, authenticatedAt: now.steady, isContinued: true))
        }
        guard let (user, password) = Self.credentials(in: field) else {
            return .refused(CredentialRefusal(.basic, .malformed))
        }
        let key = Array(password.utf8)[...]
        if let outcome = try APIKeys(accounts: accounts).authenticate(key, of: user, from: address, at: now) {
            return outcome
        }
        let mark = memory.mark
        switch try await accounts.check(
            email: user, password: password, from: SignInSource(address: address))
        {
        case .account(let verified):
            guard let account = try await current(verified, since: mark) else {
                return .refused(
                    CredentialRefusal(.basic, .password(.init(.wrongPassword, verified.user.id))))
            }
            let snapshot = UserSnapshot(
                account.user, rendering: accounts.sessions.render(account.user))
            if let name {
                let place = accounts.limits.familiarPlace(of: account.user.email, at: address)
                memory.note(name, snapshot, place, since: mark, at: now.steady)
            }
            return .signedIn(SignedIn(snapshot, .basic, authenticatedAt: now.steady))
        case .refused(let refusal): return .refused(CredentialRefusal(.basic, .password(refusal)))
        }
    }

    /// What was verified, as it is now: hashing may have had to wait, and who was disabled or lost a right meanwhile has
    /// no use of what was read before. Nil: it does not hold any more.
    private func current(_ verified: Account, since mark: Int) async throws -> Account? {
        let user = verified.user.id
        if accounts.memory.passwords.isUnchanged(user, since: mark) { return verified }
        guard let account = try await accounts.stores.account(id: user), !account.user.isDisabled,
            account.user.email == verified.user.email, account.passwordHash == verified.passwordHash
        else { return nil }
        return account
    }

    /// `Basic` SP base64(user ":" password): split at the first colon, UTF-8, without control characters (RFC 7617
    /// §2). Base64 in its one spelling (RFC 4648 §3.5).
    public static func credentials(in field: AuthorizationField) -> (user: String, password: String)? {
        guard field.isOf("basic"), let decoded = Data(base64Encoded: Data(field.credentials)),
            decoded.base64EncodedString().utf8.elementsEqual(field.credentials),
            !decoded.contains(where: { $0 < 0x20 || $0 == 0x7f }),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: decoded[..<colon], as: UTF8.self),
            let password = String(validating: decoded[decoded.index(after: colon)...], as: UTF8.self)
        else { return nil }
        return (user, password)
    }
}
