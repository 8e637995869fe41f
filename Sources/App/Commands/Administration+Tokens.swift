import Auth
import Crypto
import Telemetry

/// A key as administrators see it.
struct SigningKeyJSON: Codable, Sendable, Equatable {
    var algorithm: String
    var createdAt: String
    var id: String
    var signsFrom: String
    /// `signs`, `next` (will sign) or `verifies` (has signed).
    var state: String

    private enum CodingKeys: String, CodingKey {
        case algorithm
        case createdAt = "created_at"
        case id
        case signsFrom = "signs_from"
        case state
    }

    init(_ key: TokenKey, signer: TokenKey?) {
        algorithm = key.pair.algorithm.rawValue
        createdAt = UTCText.of(key.createdAt.seconds)
        id = key.id
        signsFrom = UTCText.of(key.signsFrom.seconds)
        guard let signer, key.id != signer.id else {
            state = "signs"
            return
        }
        state = signer.signsFrom < key.signsFrom ? "next" : "verifies"
    }
}

extension Administration {
    /// The keys in force, in the order in which they begin to sign.
    func keys(at now: Moment) throws -> [SigningKeyJSON] {
        let keys = try enabledTokens.keys
        let signer = keys.signer(at: now.wall)
        return keys.published(at: now.wall).map { SigningKeyJSON($0, signer: signer) }
    }

    /// Makes a key; returns all.
    func rotateKeys(isRevoking: Bool, at now: Moment) async throws -> [SigningKeyJSON] {
        let tokens = try enabledTokens
        let key = try await tokens.keys.rotate(
            tokens.policy.algorithm, lead: tokens.policy.lead, isRevoking: isRevoking, at: now.wall)
        audit.record(.keyRotated, from: .command, [.key(key.id)])
        return try keys(at: now)
    }

    /// A token of a new session.
    func issueToken(for user: User, at now: Moment) async throws -> String {
        let tokens = try enabledTokens
        let terms = SignInTerms(client: SessionClient(userAgent: "sessiond token issue"))
        guard let session = try await accounts.signIn(vouchedFor: user.id, terms, at: now) else {
            throw TokenProblem(description: "\(user.email.text) is disabled")
        }
        let token = try tokens.issue(for: session, at: now)
        audit.record(.tokenIssued, from: .command, user: user.id, [.grant("command")])
        return token.text
    }

    private var enabledTokens: AccessTokens {
        get throws {
            guard let tokens else {
                throw TokenProblem(description: "Bearer tokens are not enabled: see auth.schemes")
            }
            return tokens
        }
    }

    private struct TokenProblem: Error, CustomStringConvertible {
        let description: String
    }
}
