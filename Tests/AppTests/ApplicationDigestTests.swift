import Crypto
import FoundationEssentials
import HTTP
import Telemetry
import TestSupport
import Testing

@testable import App
@testable import Auth

/// Digest through the whole application; how a proof is computed is tested in AuthTests.
@Suite struct ApplicationDigestTests {
    private let service: ApplicationService
    private let clock: ManualClock
    private let folder: TemporaryFolder
    private let audit: AuditLog
    private let secret: String

    init() async throws {
        let clock = ManualClock()
        let folder = try TemporaryFolder()
        let audit = try AuditLog.file(folder.path + "/audit.log", log: .silent)
        (self.clock, self.folder, self.audit) = (clock, folder, audit)
        service = try ApplicationService {
            $0.schemes = [.session, .digest]
            $0.clock = { clock.now }
            $0.audit = audit
        }
        let ada = try await service.register("ada@example.org")
        let terms = try #require(CredentialTerms(name: "a device", seconds: nil))
        secret = try await service.accounts.issue(.appPassword, terms, for: ada, at: clock.now).secret
    }

    private func authorization(
        _ nonce: String, _ uri: String, count: Int = 1, secret: String? = nil
    ) throws -> String {
        func value(_ response: String) -> String {
            "Digest username=\"ada@example.org\", realm=\"sessiond\", nonce=\"\(nonce)\", uri=\"\(uri)\", "
                + "response=\"\(response)\", algorithm=SHA-256, cnonce=\"c\", qop=auth, nc=0000000\(count)"
        }
        let open = value(String(repeating: "00", count: 32))
        let credentials = try #require(
            AuthorizationField(Array(open.utf8)[...]).flatMap(DigestCredentials.init))
        let key = DigestProof.key(
            "ada@example.org", realm: "sessiond", secret ?? self.secret, .sha256)
        let response = DigestProof(credentials, method: "GET").response(key)
        return value(String(decoding: Hexadecimal.digits(of: response), as: UTF8.self))
    }

    private func send(_ path: String, _ authorization: String? = nil) async throws -> Response {
        try await service.send(
            .get, path, fields: authorization.map { [(.authorization, $0)] } ?? [])
    }

    /// The nonce that a request without credentials is given.
    private func nonce() async throws -> String {
        let answer = try await send("/users/me")
        #expect(answer.status == .unauthorized)
        return try nonce(in: answer)
    }

    private func nonce(in answer: Response) throws -> String {
        let challenges = answer.values(of: "WWW-Authenticate").filter { $0.hasPrefix("Digest ") }
        #expect(challenges.count == 1)
        let parts = try #require(challenges.first).split(separator: "nonce=\"")
        return String(try #require(parts.last).prefix { $0 != "\"" })
    }

    @Test func theAnswerProvesTheServerWhateverItsStatus() async throws {
        let nonce = try await nonce()
        for (count, path, status) in [
            (1, "/users/me", Status.ok), (2, "/profile", .ok), (3, "/nowhere", .notFound),
        ] {
            let answer = try await send(path, try authorization(nonce, path, count: count))
            #expect(answer.status == status)
            let info = try #require(answer.values(of: "Authentication-Info").first)
            #expect(info.hasPrefix("qop=auth, rspauth=\"") && info.hasSuffix("nc=0000000\(count)"))
        }
        #expect(try await send("/users/me").values(of: "Authentication-Info").isEmpty)
    }

    /// Routes that answer 403 to a credential of nobody, and one that never says 401 else.
    @Test(arguments: ["/users/me", "/profile", "/sessions/whoami", "/api/v1/users"])
    func aStaleNonceIs401OnEveryRoute(_ path: String) async throws {
        let old = try await nonce()
        clock.advance(by: .seconds(300))
        let answer = try await send(path, try authorization(old, path))
        expectRefusal(answer, .unauthorized)
        #expect(answer.values(of: "WWW-Authenticate").contains { $0.hasSuffix(", stale=true") })
        #expect(answer.values(of: "Authentication-Info").isEmpty)
        #expect(try await send(path, try authorization(try nonce(in: answer), path)).status == .ok)
    }

    @Test func aWrongProofIsACredentialOfNobody() async throws {
        for (path, status) in [
            ("/users/me", Status.forbidden), ("/profile", .forbidden), ("/sessions/whoami", .unauthorized),
        ] {
            let answer = try await send(path, try authorization(try await nonce(), path, secret: "wrong"))
            expectRefusal(answer, status)
            #expect(!answer.values(of: "WWW-Authenticate").contains { $0.contains("stale") })
        }
    }

    @Test func aBrowserGetsTheChallengeWhenThereIsNothingElse() async throws {
        let only = try ApplicationService { $0.schemes = [.digest] }
        for (service, count) in [(service, 0), (only, 1)] {
            let answer = try await service.send(.get, "/users/me", accept: "text/html")
            #expect(answer.values(of: "WWW-Authenticate").count { $0.hasPrefix("Digest ") } == count)
        }
    }

    @Test func theAuditLogTellsOfANonceOnceAndOfEachWrongProof() async throws {
        let nonce = try await nonce()
        for count in [1, 2, 2] {
            _ = try await send("/users/me", try authorization(nonce, "/users/me", count: count))
        }
        _ = try await send("/users/me", try authorization(nonce, "/users/me", count: 3, secret: "wrong"))
        clock.advance(by: .seconds(300))
        _ = try await send("/users/me", try authorization(nonce, "/users/me", count: 4))
        audit.close()
        let lines = try String(contentsOfFile: folder.path + "/audit.log", encoding: .utf8)
            .split(separator: "\n").filter { $0.contains("\"sign_in\"") }
        #expect(lines.count == 3 && lines.allSatisfy { $0.contains("\"scheme\":\"digest\"") })
        #expect(lines[0].contains("\"outcome\":\"ok\""))
        #expect(lines[1].contains("\"reason\":\"replayed\""))
        #expect(lines[2].contains("\"reason\":\"wrong_proof\""))
        #expect(!lines.contains { $0.contains(secret) || $0.contains(nonce) })
    }
}

/// What Basic remembers, as the audit log and the limits see it.
@Suite struct ApplicationBasicCacheTests {
    @Test func aPasswordThatIsRememberedHasNoLineAndIsNoWayRoundALimit() async throws {
        let clock = ManualClock()
        let folder = try TemporaryFolder()
        let audit = try AuditLog.file(folder.path + "/audit.log", log: .silent)
        let service = try ApplicationService {
            $0.schemes = [.basic]
            var policy = RateLimitPolicy()
            policy.account = Allowance(burst: 1, perHour: 1, longestDelay: .seconds(900))
            policy.source = Allowance(burst: 3, perHour: 1)
            $0.limits = policy
            $0.audit = audit
            $0.clock = { clock.now }
        }
        _ = try await service.register("ada@example.org")
        let right = ("ada@example.org", "correct horse")
        func status(_ basic: (String, String), from host: UInt32) async throws -> Status {
            try await service.send(.get, "/users/me", basic: basic, from: .v4(host)).status
        }
        #expect(try await status(right, from: 1) == .ok)
        // Others guess, until nobody unknown may try any more.
        for (number, expected) in [(0, Status.forbidden), (1, .tooManyRequests), (2, .tooManyRequests)] {
            #expect(try await status(("ada@example.org", "guess \(number)"), from: 2) == expected)
        }
        for _ in 0..<5 { #expect(try await status(right, from: 1) == .ok) }
        // What is remembered does not tell them that a guess is right.
        #expect(try await status(right, from: 2) == .tooManyRequests)
        // Nor somebody in the same house, once that has used up its tries.
        #expect(try await status(("ada@example.org", "a guess"), from: 1) == .forbidden)
        #expect(try await status(right, from: 1) == .tooManyRequests)
        clock.advance(by: .seconds(2))
        #expect(try await status(right, from: 1) == .ok)
        audit.close()
        let lines = try String(contentsOfFile: folder.path + "/audit.log", encoding: .utf8)
            .split(separator: "\n").filter { $0.contains("\"sign_in\"") }
        #expect(lines.count { $0.contains("\"outcome\":\"ok\"") } == 2)
        #expect(lines.count { $0.contains("wrong_password") } == 2)
        #expect(lines.count { $0.contains("limited") } == 4)
    }
}
