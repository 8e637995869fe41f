extension Restoration {
    /// What becomes of secrets that are sealed in the backup.
    public struct Sealed: Sendable {
        /// Whether the key of the data file's place opens what the name `sealing-check` has.
        let opens: @Sendable ([UInt8]) throws -> Bool
        /// Whether app passwords may be removed, which nobody can read without the key.
        let droppingAppPasswords: Bool

        /// - Parameter opens: asked only if something is sealed.
        public init(droppingAppPasswords: Bool = false, opens: @escaping @Sendable ([UInt8]) throws -> Bool) {
            self.opens = opens
            self.droppingAppPasswords = droppingAppPasswords
        }
    }

    /// Removes what the key does not open. Keys of tokens and what refresh tokens are made with are made anew by the next
    /// start; app passwords only if that was asked for.
    ///
    /// - Returns: Whether something was removed.
    static func unseal(_ connection: SQLiteConnection, of file: String, _ sealed: Sealed) throws -> Bool {
        guard try hasTable("secrets", connection),
            let check = try connection.row(Statements.check, read: { $0.octets(0) })
        else { return false }
        if try sealed.opens(check) { return false }
        if try hasTable("credentials", connection) {
            let count = try connection.row(Statements.appPasswords) { $0.integer(0) } ?? 0
            guard count == 0 || sealed.droppingAppPasswords else {
                throw BackupFailure(
                    "\(file) has \(count) app passwords, sealed under another key than the one here: "
                        + "put its key there, or give them up with --drop-app-passwords")
            }
            try connection.run(Statements.dropAppPasswords)
        }
        if try hasTable("signing_keys", connection) { try connection.run(Statements.dropSigningKeys) }
        if try hasTable("refresh_families", connection) { try connection.run(Statements.dropFamilies) }
        try connection.run(Statements.dropSecrets)
        return true
    }

    static func hasTable(_ name: String, _ connection: SQLiteConnection) throws -> Bool {
        try connection.row(Statements.table, .text(name)) { $0.integer(0) } ?? 0 > 0
    }
}

private enum Statements {
    static let table = SQL("reading a backup", "SELECT count(*) FROM sqlite_schema WHERE name = ?1")
    static let check = SQL("reading a backup", "SELECT value FROM secrets WHERE name = 'sealing-check'")
    static let appPasswords = SQL("reading a backup", "SELECT count(*) FROM credentials WHERE kind = 2")
    static let dropAppPasswords = SQL("removing app passwords", "DELETE FROM credentials WHERE kind = 2")
    static let dropSigningKeys = SQL("removing signing keys", "DELETE FROM signing_keys")
    static let dropFamilies = SQL("removing refresh families", "DELETE FROM refresh_families")
    static let dropSecrets = SQL(
        "removing sealed secrets", "DELETE FROM secrets WHERE name IN ('sealing-check', 'refresh-tokens')")
}
