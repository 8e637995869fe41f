import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import Auth

/// Accounts with signing keys, one user and a live session.
struct TokenService {
    let service: TestAccounts
    let keys: SigningKeys
    var policy = TokenPolicy()
    let session: Session

    var now: Moment { service.clock.now }
    var tokens: AccessTokens { AccessTokens(keys: keys, policy: policy) }

    init(_ change: (inout TokenPolicy) -> Void = { _ in }, store: HookedStore = HookedStore()) async throws {
        change(&policy)
        service = try TestAccounts(.sessions(durable: true), store: store)
        // Not the epoch: some tests look back.
        service.clock.advance(by: .seconds(1_000_000))
        let user = try await service.register("ada@example.org")
        keys = SigningKeys(of: service.accounts)
        try await keys.open(policy.algorithm, at: service.clock.now.wall)
        session = try #require(try await service.accounts.signIn(vouchedFor: user.id, at: service.clock.now))
    }

    func issue() throws -> String { try tokens.issue(for: session, at: now).text }

    func result(_ token: String, _ tokens: AccessTokens? = nil) -> TokenRefusal? {
        if case .failure(let refusal) = (tokens ?? self.tokens).claims(
            of: Array(token.utf8)[...], at: now.wall)
        {
            refusal
        } else {
            nil
        }
    }

    /// A token with this payload by the key that signs now, and the header that it writes or another one.
    func sign(_ payload: String, header: String? = nil) throws -> String {
        let key = try #require(keys.signer(at: now.wall))
        let head = header.map { Base64URL.text(Array($0.utf8)) + [UInt8(ascii: ".")] } ?? key.head
        let signed = head + Base64URL.text(Array(payload.utf8))
        let signature = Base64URL.text(try key.pair.signature(of: signed))
        return String(decoding: signed + [UInt8(ascii: ".")] + signature, as: UTF8.self)
    }

    /// Good claims as text.
    func payload(
        iss: String = #""sessiond""#, aud: String = #""sessiond""#, sub: String? = nil, sid: String? = nil,
        exp: String? = nil, iat: String? = nil, more: String = ""
    ) -> String {
        let (user, session) = ("\"\(session.userID)\"", "\"\(session.id)\"")
        let seconds = now.wall.seconds
        return #"{"iss":\#(iss),"aud":\#(aud),"sub":\#(sub ?? user),"sid":\#(sid ?? session),"jti":"j","#
            + #""exp":\#(exp ?? "\(seconds + 60)"),"iat":\#(iat ?? "\(seconds)"),"auth_time":\#(seconds),"#
            + #""client_id":"sessiond"\#(more)}"#
    }

    /// What the filter's scheme makes of it.
    func outcome(_ token: String) async throws -> SchemeOutcome {
        let scheme = BearerScheme(accounts: service.accounts, tokens: tokens)
        let field = try #require(AuthorizationField(Array("Bearer \(token)".utf8)[...]))
        return try await scheme.authenticate(field, from: .unknown, at: now)
    }
}

extension SchemeOutcome {
    var signedIn: SignedIn? {
        if case .signedIn(let signedIn) = self { signedIn } else { nil }
    }

    var refusal: CredentialRefusal? {
        if case .refused(let refusal) = self { refusal } else { nil }
    }
}
