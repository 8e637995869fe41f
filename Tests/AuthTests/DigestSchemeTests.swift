import Crypto
import HTTP
import TestSupport
import Testing

@testable import Auth

@Suite struct DigestSchemeTests {
    private let service: TestAccounts
    private let ada: User
    private let secret: String
    private let scheme: DigestScheme

    init() async throws {
        service = try TestAccounts()
        ada = try await service.register("Ada@example.org")
        secret = try await service.issue(.appPassword, ada).secret
        scheme = DigestScheme(accounts: service.accounts)
    }

    /// What a client sends; each part can be made wrong.
    private struct Shown {
        var name = "Ada@example.org"
        /// How the name is written; nil: plainly.
        var written: String?
        var secret = ""
        var method = HTTP.Method.get
        var target = "/users/me?a=b"
        /// The method and the target that the client computed with; nil: those of the request.
        var computedMethod: HTTP.Method?
        var uri: String?
        var nonce = ""
        var count = 1
        var realm = "sessiond"
        var algorithm = DigestAlgorithm.sha256
        var clientNonce = "c"
        var further = ""
    }

    private func field(_ shown: Shown) throws -> String {
        let uri = shown.uri ?? shown.target
        func value(_ response: String) -> String {
            let count = String(shown.count, radix: 16)
            return (shown.written ?? "username=\"\(shown.name)\"")
                + ", realm=\"\(shown.realm)\", nonce=\"\(shown.nonce)\", uri=\"\(uri)\", "
                + "response=\"\(response)\", algorithm=\(shown.algorithm.rawValue), "
                + "cnonce=\"\(shown.clientNonce)\", qop=auth, "
                + "nc=\(String(repeating: "0", count: 8 - count.count))\(count)" + shown.further
        }
        let placeholder = String(repeating: "00", count: shown.algorithm.length)
        let credentials = try #require(DigestProofTests.credentials(value(placeholder)))
        let key = DigestProof.key(shown.name, realm: shown.realm, shown.secret, shown.algorithm)
        let proof = DigestProof(credentials, method: (shown.computedMethod ?? shown.method).rawValue)
        return value(String(decoding: Hexadecimal.digits(of: proof.response(key)), as: UTF8.self))
    }

    private func outcome(
        _ change: (inout Shown) -> Void = { _ in }, scheme other: DigestScheme? = nil
    ) throws -> SchemeOutcome {
        var shown = Shown()
        shown.secret = secret
        shown.nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        change(&shown)
        let field = try #require(AuthorizationField(Array("Digest \(try field(shown))".utf8)[...]))
        let target = try RequestTarget(Array(shown.target.utf8)[...], method: shown.method)
        return (other ?? scheme).authenticate(
            field, Request(head: RequestHead(method: shown.method, target: target)), at: service.clock.now)
    }

    private func signedIn(_ change: (inout Shown) -> Void = { _ in }) throws -> SignedIn? {
        if case .signedIn(let signedIn) = try outcome(change) { signedIn } else { nil }
    }

    private func refusal(_ change: (inout Shown) -> Void = { _ in }) throws -> CredentialRefusal.Reason? {
        if case .refused(let refusal) = try outcome(change) { refusal.reason } else { nil }
    }

    @Test func knowsTheUserByTheAppPassword() throws {
        let signedIn = try #require(try signedIn())
        #expect(signedIn.user.id == ada.id && signedIn.scheme == .digest && signedIn.session == nil)
        // The password itself was not given.
        #expect(signedIn.authenticatedAt == nil && !signedIn.provesOwner && !signedIn.isContinued)
        #expect(signedIn.rendering != nil)
        #expect(
            service.accounts.credentials(.appPassword, of: ada.id).first?.lastUsedAt
                == service.clock.now.wall)
    }

    @Test func theLoginPasswordOpensNothing() throws {
        #expect(try refusal { $0.secret = "correct horse" } == .proof(ada.id))
    }

    @Test(arguments: ["Ada@example.org", "ada@example.org", "ADA@EXAMPLE.ORG"])
    func knowsTheNameInAnyCase(_ name: String) throws {
        #expect(try signedIn { $0.name = name } != nil)
    }

    @Test(arguments: ["Ada@example.org", "ada@example.org"])
    func knowsTheNameByItsHash(_ name: String) throws {
        func hash(_ name: String) -> String {
            DigestScheme.alias(DigestProof.hashedName(name, realm: "sessiond", .sha256))
        }
        #expect(
            try signedIn {
                $0.name = name
                $0.written = "username=\"\(hash(name))\", userhash=true"
            } != nil)
        // Only where it says so; and not that of another realm, nor of nobody.
        #expect(
            try refusal {
                $0.name = hash(name)
                $0.written = "username=\"\(hash(name))\""
            } == .proof(nil))
        #expect(
            try refusal {
                $0.name = name
                $0.written = "username=\"\(hash("x" + name))\", userhash=true"
            } == .proof(nil))
    }

    @Test func knowsAnEncodedNameAndOneThatIsNotASCII() async throws {
        let user = try await service.register("jäsøn@example.org")
        let secret = try await service.issue(.appPassword, user).secret
        for written in [nil, "username*=UTF-8''j%C3%A4s%C3%B8n%40example.org"] {
            let found = try signedIn {
                $0.name = "jäsøn@example.org"
                $0.written = written
                $0.secret = secret
            }
            #expect(found?.user.id == user.id)
        }
    }

    @Test func eachAppPasswordOpens() async throws {
        var all = [secret]
        for _ in 1..<20 { all.append(try await service.issue(.appPassword, ada).secret) }
        for secret in all { #expect(try signedIn { $0.secret = secret } != nil) }
        #expect(try refusal { $0.secret = String(secret.dropLast()) } == .proof(ada.id))
    }

    @Test func oneThatWasRevokedOpensNothingTheNextTime() async throws {
        let kept = try await service.issue(.appPassword, ada).secret
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        #expect(try signedIn { $0.nonce = nonce } != nil)
        let id = try #require(service.accounts.credentials(.appPassword, of: ada.id).first?.id)
        #expect(try await service.accounts.revoke(.appPassword, id, of: ada.id))
        #expect(
            try refusal {
                $0.nonce = nonce
                $0.count = 2
            } == .proof(ada.id))
        #expect(try signedIn { $0.secret = kept } != nil)
    }

    @Test func aDisabledOrDeletedUserIsRefused() async throws {
        _ = try await service.accounts.setDisabled(ada.id, true, at: service.clock.now)
        #expect(try refusal() == .proof(nil))
        service.clock.advance(by: .seconds(1))
        _ = try await service.accounts.setDisabled(ada.id, false, at: service.clock.now)
        #expect(try signedIn() != nil)
        _ = try await service.accounts.delete(ada.id)
        #expect(try refusal() == .proof(nil))
    }

    // MARK: What the proof is about

    @Test func theProofIsOfMethodAndTarget() throws {
        #expect(try refusal { $0.computedMethod = .delete } == .proof(ada.id))
        #expect(
            try refusal {
                $0.method = .delete
                $0.computedMethod = .get
            } == .proof(ada.id))
        for uri in [
            "/users/me", "/users/me?a=c", "/users/me?a=b&c=d", "/users/me/?a=b", "/users/you?a=b", "", "*",
            "/users/me?a=b#", "http://", "//users/me?a=b",
        ] {
            #expect(try refusal { $0.uri = uri } == .malformed, "\(uri)")
        }
    }

    @Test(arguments: [
        ("/users/me?a=b", "http://host:80/users/me?a=b"), ("http://host/users/me?a=b", "/users/me?a=b"),
        ("http://host/users/me", "http://host/users/me"), ("/%75sers/me", "/users/me"),
        ("/users/x/../me", "/users/me"),
    ])
    func aTargetCountsAsItIsUnderstoodHere(_ target: String, _ uri: String) throws {
        #expect(
            try signedIn {
                $0.target = target
                $0.uri = uri
            } != nil)
    }

    @Test func anotherRealmIsNotOurs() throws {
        #expect(try refusal { $0.realm = "Sessiond" } == .malformed)
    }

    @Test func nobodyWithThatNameIsRefusedAsForAWrongPassword() throws {
        for name in ["bob@example.org", "", "ada", String(repeating: "a", count: 3_000)] {
            #expect(try refusal { $0.name = name } == .proof(nil))
        }
    }

    // MARK: Nonces

    @Test func aNonceThatIsTooOldIsStaleOnlyForARightProof() throws {
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        service.clock.advance(by: .seconds(300))
        #expect(try refusal { $0.nonce = nonce } == .staleNonce(ada.id))
        #expect(
            try refusal {
                $0.nonce = nonce
                $0.secret = "wrong"
            } == .proof(ada.id))
        // Of another process.
        let foreign = DigestNonces().issue(at: service.clock.now.steady)
        #expect(try refusal { $0.nonce = foreign } == .staleNonce(ada.id))
        #expect(try refusal { $0.nonce = "of my own" } == .staleNonce(ada.id))
    }

    @Test func aReplayIsRefused() throws {
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        func use(_ count: Int) throws -> SchemeOutcome {
            try outcome {
                $0.nonce = nonce
                $0.count = count
            }
        }
        guard case .signedIn(let first) = try use(1), case .signedIn(let second) = try use(2) else {
            Issue.record("not signed in")
            return
        }
        // One line in the audit log for both.
        #expect(!first.isContinued && second.isContinued)
        for count in [1, 2] {
            guard case .refused(let refusal) = try use(count) else {
                Issue.record("replayed")
                return
            }
            #expect(refusal.reason == .replayed(ada.id) && refusal.invitesRetry)
        }
    }

    @Test func aWrongProofUsesNoCountUp() throws {
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        for _ in 0..<3 {
            #expect(
                try refusal {
                    $0.nonce = nonce
                    $0.secret = "wrong"
                } == .proof(ada.id))
        }
        #expect(try signedIn { $0.nonce = nonce } != nil)
    }

    @Test func sixtyFourParallelRequestsShareANonce() async throws {
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        let all = await withTaskGroup(of: Bool.self) { group in
            for count in (1...64).shuffled() {
                group.addTask {
                    (try? self.signedIn {
                        $0.nonce = nonce
                        $0.count = count
                    }) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count == 64 && all.allSatisfy(\.self))
    }

    // MARK: Answers

    @Test func theServerProvesItselfInTurn() throws {
        let info = try #require(try signedIn()?.authenticationInfo)
        let parameters = try #require(AuthorizationParameters(Array(info.utf8)[...]))
        #expect(parameters["qop"]?.octets == Array("auth".utf8))
        #expect(parameters.quoted("cnonce") == Array("c".utf8))
        #expect(parameters["nc"]?.octets == Array("00000001".utf8))
        #expect(parameters.quoted("rspauth")?.count == 64)
        #expect(parameters["nextnonce"] == nil)
    }

    @Test func quotesInTheClientsNonceAreEscaped() throws {
        let info = try #require(try signedIn { $0.clientNonce = #"a\"b\\c"# }?.authenticationInfo)
        let parameters = try #require(AuthorizationParameters(Array(info.utf8)[...]))
        #expect(parameters.quoted("cnonce") == Array(#"a"b\c"#.utf8))
    }

    @Test func anAgingNonceIsReplacedInTime() throws {
        let nonce = service.accounts.memory.nonces.issue(at: service.clock.now.steady)
        service.clock.advance(by: .seconds(150))
        let info = try #require(try signedIn { $0.nonce = nonce }?.authenticationInfo)
        let parameters = try #require(AuthorizationParameters(Array(info.utf8)[...]))
        let next = String(decoding: try #require(parameters.quoted("nextnonce")), as: UTF8.self)
        service.clock.advance(by: .seconds(299))
        #expect(try signedIn { $0.nonce = next } != nil)
    }

    @Test func challengesWithTheBetterAlgorithmFirst() throws {
        let both = DigestScheme(accounts: service.accounts, allowsMD5: true)
        let challenges = both.challenges(after: nil, at: service.clock.now)
        #expect(challenges.count == 2)
        for (challenge, algorithm) in zip(challenges, ["SHA-256", "MD5"]) {
            #expect(
                challenge.hasPrefix(
                    "Digest realm=\"sessiond\", qop=\"auth\", algorithm=\(algorithm), nonce=\""))
            #expect(challenge.hasSuffix("\", charset=UTF-8, userhash=true"))
        }
        #expect(scheme.challenges(after: nil, at: service.clock.now).count == 1)
    }

    @Test func saysStaleAfterARightProofAlone() throws {
        func challenge(_ reason: CredentialRefusal.Reason, _ scheme: SignedIn.Scheme = .digest) -> String? {
            self.scheme.challenges(after: CredentialRefusal(scheme, reason), at: service.clock.now).first
        }
        #expect(challenge(.staleNonce(ada.id))?.hasSuffix(", stale=true") == true)
        #expect(challenge(.replayed(ada.id))?.hasSuffix(", stale=true") == true)
        for reason in [CredentialRefusal.Reason.proof(ada.id), .malformed] {
            #expect(challenge(reason)?.contains("stale") == false)
        }
    }

    @Test func md5IsForWhoeverAllowsIt() throws {
        let both = DigestScheme(accounts: service.accounts, allowsMD5: true)
        for (scheme, isAllowed) in [(scheme, false), (both, true)] {
            let outcome = try outcome({ $0.algorithm = .md5 }, scheme: scheme)
            if case .signedIn = outcome { #expect(isAllowed) } else { #expect(!isAllowed) }
        }
        #expect(try signedIn() != nil)
    }
}
