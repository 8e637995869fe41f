public import Auth
import Crypto

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func signingKeys() async throws -> [SigningKeyRecord] {
        try await readers.read { connection in
            try connection.rows(Statements.list) { row in
                guard let algorithm = SignatureAlgorithm(rawValue: row.text(1)) else { throw row.corrupt }
                return SigningKeyRecord(
                    id: row.text(0), algorithm: algorithm, sealedKey: row.octets(2), createdAt: row.time(3),
                    signsFrom: row.time(4))
            }
        }
    }

    public func insert(_ key: SigningKeyRecord, deleting others: [String]) async throws {
        try await writer.write { connection in
            for id in others { try connection.run(Statements.delete, .text(id)) }
            try connection.run(
                Statements.insert, .text(key.id), .text(key.algorithm.rawValue), .blob(key.sealedKey),
                .time(key.createdAt), .time(key.signsFrom))
        }
    }
}

private enum Statements {
    static let list = SQL(
        "listing signing keys",
        """
        SELECT id, algorithm, sealed_key, created_at, signs_from FROM signing_keys
        ORDER BY signs_from, created_at, id
        """)
    static let delete = SQL("deleting a signing key", "DELETE FROM signing_keys WHERE id = ?1")
    static let insert = SQL(
        "storing a signing key", "INSERT INTO signing_keys VALUES (?1, ?2, ?3, ?4, ?5)")
}
