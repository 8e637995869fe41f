public import Auth
import Crypto

/// One thing that every adapter of the store protocols must do, as a test that takes fresh, empty stores.
///
/// A test target runs `StoreContract.all` against its adapter with one parameterised test.
public struct StoreClaim: Sendable, CustomStringConvertible {
    /// The claim as a sentence in camel case.
    public let description: String
    /// Records an issue where the stores do otherwise.
    public let check: @Sendable (any Stores) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (any Stores) async throws -> Void) {
        self.description = description
        self.check = check
    }
}

/// The contract of all of `Stores`.
public enum StoreContract {
    /// Every claim.
    public static var all: [StoreClaim] {
        users + passwords + sessions + resetTokens + outbox + emailChanges + secrets + signingKeys
            + refreshFamilies + credentials
    }

    /// 2025-01-01T00:00:00Z.
    static let start = WallTime(milliseconds: 1_735_689_600_000)

    static func newAccount(
        _ email: String, firstName: String? = nil, lastName: String? = nil, hash: String = "hash",
        administratorIfFirst: Bool = true
    ) -> NewAccount {
        guard let email = EmailAddress(email) else { preconditionFailure("not an address: \(email)") }
        return NewAccount(
            id: .random(), email: email, firstName: firstName, lastName: lastName, passwordHash: hash,
            createdAt: start, administratorIfFirst: administratorIfFirst)
    }

    static func session(
        of user: User, createdAt: WallTime = start, expiresAt: WallTime? = nil,
        credentialVersion: Int64? = nil
    ) -> SessionRecord {
        SessionRecord(
            id: SessionID(.random()), userID: user.id, createdAt: createdAt, expiresAt: expiresAt,
            seenAt: createdAt, credentialVersion: credentialVersion ?? user.credentialVersion)
    }
}
