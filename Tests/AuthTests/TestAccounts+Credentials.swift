import TestSupport
import Testing

@testable import Auth
@testable import HTTP

extension TestAccounts {
    /// Where requests of tests come from.
    static let address = PeerAddress.v4(0x7f00_0001)

    /// The secret of a new credential.
    @discardableResult
    func issue(
        _ kind: Credential.Kind = .apiKey, _ user: User, seconds: Int? = nil, isReadOnly: Bool = false
    ) async throws -> IssuedCredential {
        let terms = try #require(CredentialTerms(name: "a name", seconds: seconds, isReadOnly: isReadOnly))
        return try await accounts.issue(kind, terms, for: user, at: clock.now)
    }

    /// What a request with this key would come to.
    func outcome(
        of key: String, email: String? = nil, from address: PeerAddress = address
    ) throws -> SchemeOutcome? {
        try APIKeys(accounts: accounts).authenticate(
            Array(key.utf8)[...], of: email, from: address, at: clock.now)
    }

    /// Whom a key signs in; nil: nobody.
    func signedIn(by key: String) throws -> SignedIn? {
        if case .signedIn(let signedIn) = try outcome(of: key) { signedIn } else { nil }
    }

    /// Why a key opens nothing; nil: it opens something, or is none.
    func refusal(of key: String, email: String? = nil) throws -> KeyRefusal? {
        guard case .refused(let refusal) = try outcome(of: key, email: email),
            case .key(let why) = refusal.reason
        else { return nil }
        return why
    }

    /// The same service after a restart, with what is on the disk.
    func restarted(_ policy: AccountPolicy = AccountPolicy()) async throws -> Accounts {
        let accounts = try Accounts(
            stores: store, sessions: SessionMap(render: UserRendering.none), policy: policy,
            hashing: Self.cheap, hashers: hashers, sealing: accounts.sealing)
        #expect(try await accounts.restoreCredentials() == 0)
        return accounts
    }
}
