import Auth

/// Brings a data file to the newest schema: step n of the list takes it from `user_version` n to n + 1.
///
/// A step that was released is never changed; a new one goes to the end.
enum Migrations {
    /// Marks our files among SQLite's (`PRAGMA application_id`): "SESD".
    static let applicationID: Int64 = 0x5345_5344

    static let steps = [
        SQL("migrating to schema 1", Schema.version1), SQL("migrating to schema 2", Schema.version2),
        SQL("migrating to schema 3", Schema.version3),
        SQL("migrating to schema 4", Schema.version4),
        SQL("migrating to schema 5", Schema.signingKeys),
        SQL("migrating to schema 6", Schema.refreshFamilies),
        SQL("migrating to schema 7", Schema.credentials),
    ]

    /// Whose file this is, without changing it.
    static func check(_ connection: SQLiteConnection, path: String) throws {
        let found: (id: Int64, version: Int64, tables: Int64)
        do {
            found = (
                try number(connection, "PRAGMA application_id"),
                try number(connection, "PRAGMA user_version"),
                try number(connection, "SELECT count(*) FROM sqlite_schema")
            )
        } catch let failure as StoreFailure where failure.code == notADatabase {
            throw DataFileError(path: path, problem: .foreign)
        }
        guard found.id == applicationID || found == (0, 0, 0) else {
            throw DataFileError(path: path, problem: .foreign)
        }
        guard (0...Int64(steps.count)).contains(found.version) else {
            throw DataFileError(
                path: path, problem: .newer(schema: Int(found.version), known: steps.count))
        }
    }

    /// Applies the missing steps in one transaction.
    static func apply(to connection: SQLiteConnection) throws {
        guard try number(connection, "PRAGMA user_version") < steps.count else { return }
        try connection.script(SQL("beginning a migration", "BEGIN IMMEDIATE"))
        do {
            // Read again under the lock: another process may have been quicker.
            let version = Int(try number(connection, "PRAGMA user_version"))
            for step in steps.dropFirst(version) { try connection.script(step) }
            let mark = "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(steps.count)"
            try connection.script(SQL("marking the data file", mark))
            try connection.script(SQL("committing a migration", "COMMIT"))
        } catch {
            if connection.isInTransaction {
                try connection.script(SQL("undoing a migration", "ROLLBACK"))
            }
            throw error
        }
    }

    /// SQLITE_NOTADB.
    private static let notADatabase: Int32 = 26

    private static func number(_ connection: SQLiteConnection, _ text: String) throws -> Int64 {
        try connection.row(SQL("reading the data file's version", text)) { $0.integer(0) } ?? 0
    }
}
