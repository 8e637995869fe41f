import Crypto
import HTTP

/// A proof computed from an app password with each request (RFC 7616): the secret itself never travels.
///
/// All of it is answered from memory. The login password has no part in it: only its hash is known here.
public struct DigestScheme: Sendable {
    static let realm = "sessiond"

    private let accounts: Accounts
    private let algorithms: [DigestAlgorithm]
    /// Milliseconds.
    private let nonceLifetime: Int64

    /// A scheme that goes by the app passwords of these accounts; who has one is found by the hash of the name from now
    /// on, too. MD5 only where it is available.
    public init(
        accounts: Accounts, allowsMD5: Bool = false, nonceLifetime: Duration = .seconds(300)
    ) {
        self.accounts = accounts
        let algorithms: [DigestAlgorithm] = allowsMD5 ? [.sha256, .md5] : [.sha256]
        self.algorithms = algorithms
        self.nonceLifetime = nonceLifetime.wholeMilliseconds
        accounts.credentials.setAliases { DigestScheme.aliases(of: $0, algorithms) }
    }

    private var nonces: DigestNonces { accounts.memory.nonces }

    // MARK: Challenges

    /// One for each algorithm, the better one first (RFC 7616 §3.7). `stale` only after a right proof.
    func challenges(after refusal: CredentialRefusal?, at now: Moment) -> [String] {
        let isStale = refusal.map { $0.scheme == .digest && $0.invitesRetry } ?? false
        return algorithms.map { algorithm in
            "Digest realm=\"\(Self.realm)\", qop=\"auth\", algorithm=\(algorithm.rawValue), "
                + "nonce=\"\(nonces.issue(at: now.steady))\", charset=UTF-8, userhash=true"
                + (isStale ? ", stale=true" : "")
        }
    }

    // MARK: Credentials

    /// Whose proof this is.
    func authenticate(
        _ field: AuthorizationField, _ request: Request, at now: Moment
    ) -> SchemeOutcome {
        guard let credentials = DigestCredentials(field), algorithms.contains(credentials.algorithm),
            credentials.realm.elementsEqual(Self.realm.utf8), Self.isTarget(credentials.uri, of: request)
        else { return .refused(CredentialRefusal(.digest, .malformed)) }
        let holder = accounts.digestHolder(credentials.name, credentials.algorithm, at: now)
        let proof = DigestProof(credentials, method: request.method.rawValue)
        guard let (password, key) = prover(credentials, proof, holder) else {
            return .refused(CredentialRefusal(.digest, .proof(holder?.user.user.id)))
        }
        let user = password.user.user.id
        // Nobody but the user can use up a count: the proof is right.
        switch nonces.use(
            credentials.nonce, credentials.count, at: now.steady, lifetime: nonceLifetime)
        {
        case .stale: return .refused(CredentialRefusal(.digest, .staleNonce(user)))
        case .replayed: return .refused(CredentialRefusal(.digest, .replayed(user)))
        case .good(let isFirst, let isAging):
            accounts.noteUse(of: password, at: now)
            return .signedIn(
                SignedIn(
                    password.user, .digest, isReadOnly: password.live.isReadOnly, isContinued: !isFirst,
                    authenticationInfo: info(
                        credentials, proof, key, next: isAging ? nonces.issue(at: now.steady) : nil)))
        }
    }

    /// The app password that the proof was made with, and its key. A refusal takes as long whoever it is about: as many
    /// are tried as a user may have.
    private func prover(
        _ credentials: DigestCredentials, _ proof: DigestProof, _ holder: DigestHolder?
    ) -> (OpenAppPassword, key: [UInt8])? {
        let passwords = holder?.passwords ?? []
        for round in 0..<max(passwords.count, accounts.policy.credentials.appPasswordsPerUser) {
            let password = round < passwords.count ? passwords[round] : nil
            let key = DigestProof.key(
                holder?.name ?? Self.nobody, realm: Self.realm, password?.secret ?? Self.noSecret,
                credentials.algorithm)
            let isRight = ConstantTime.equal(proof.response(key), credentials.response)
            if let password, isRight { return (password, key) }
        }
        return nil
    }

    /// Of usual length.
    private static let nobody = "nobody@example.org"
    private static let noSecret = "00000-00000-00000-00000"

    /// What the server proves in turn, and the nonce to go on with (RFC 7616 §3.5).
    private func info(
        _ credentials: DigestCredentials, _ proof: DigestProof, _ key: [UInt8], next: String?
    ) -> String {
        func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
        return (next.map { "nextnonce=\"\($0)\", " } ?? "")
            + "qop=auth, rspauth=\"\(text(proof.answer(key)))\", "
            + "cnonce=\"\(Self.quotable(credentials.clientNonce))\", nc=\(text(credentials.countDigits))"
    }

    /// Inside quotes (RFC 9110 §5.6.4).
    private static func quotable(_ octets: [UInt8]) -> String {
        let special = [UInt8(ascii: "\""), UInt8(ascii: "\\")]
        let escaped = octets.flatMap { special.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Whether it names what the request asks for (RFC 7616 §3.4.6): both are read by the same parser, so that nothing
    /// can be understood in one way here and in another there. The host is in neither.
    private static func isTarget(_ uri: [UInt8], of request: Request) -> Bool {
        do {
            return try RequestTarget(uri[...], method: request.method) == request.head.target
        } catch {
            return false
        }
    }
}
