// The protocol documents it.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension SQLiteStore {
    public func secret(_ name: String, orStore candidate: [UInt8]) async throws -> [UInt8] {
        let stored = try await readers.read { connection in
            try connection.row(Statements.find, .text(name)) { $0.octets(0) }
        }
        if let stored { return stored }
        return try await writer.write { connection in
            try connection.run(Statements.insert, .text(name), .blob(candidate))
            return try connection.row(Statements.find, .text(name)) { $0.octets(0) } ?? candidate
        }
    }
}

private enum Statements {
    static let find = SQL("reading a secret", "SELECT value FROM secrets WHERE name = ?1")
    static let insert = SQL(
        "storing a secret", "INSERT INTO secrets VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING")
}
