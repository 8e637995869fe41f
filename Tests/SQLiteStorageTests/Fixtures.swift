import Auth
import Crypto
import Foundation
import TestSupport

extension TemporaryFolder {
    /// Permission bits of a file here.
    func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}

/// 2025-01-01T00:00:00Z.
let start = WallTime(milliseconds: 1_735_689_600_000)

func newAccount(_ email: String) -> NewAccount {
    guard let email = EmailAddress(email) else { preconditionFailure("not an address: \(email)") }
    return NewAccount(
        id: .random(), email: email, firstName: nil, lastName: nil, passwordHash: "hash", createdAt: start,
        administratorIfFirst: true)
}

func session(of user: User) -> SessionRecord {
    SessionRecord(
        id: SessionID(.random()), userID: user.id, createdAt: start, expiresAt: start + .seconds(60),
        seenAt: start,
        credentialVersion: user.credentialVersion)
}
