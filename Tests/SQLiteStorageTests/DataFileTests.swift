import Auth
import Foundation
import Glibc
import TestSupport
import Testing

@testable import SQLiteStorage

@Suite struct DataFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func problem(openingFile name: String) throws -> DataFileError.Problem {
        let error = #expect(throws: DataFileError.self) { try SQLiteStore(path: folder.file(name)) }
        let problem = try #require(error)
        #expect(problem.path == folder.file(name))
        #expect(problem.description.contains(folder.file(name)))
        return problem.problem
    }

    private func connection(_ name: String) throws -> SQLiteConnection {
        try DataFile.create(at: folder.file(name))
        return try SQLiteConnection(path: folder.file(name))
    }

    /// The umask is the whole process's; these three do other tests no harm.
    @Test(.serialized, arguments: [0o000, 0o022, 0o077] as [mode_t])
    func isReadableByItsOwnerAloneWhateverTheUmask(mask: mode_t) async throws {
        let path = folder.file("data.db")
        let before = umask(mask)
        let created = Result { try DataFile.create(at: path) }
        umask(before)
        try created.get()
        let store = try SQLiteStore(path: path)
        defer { store.close() }
        _ = try await store.insert(newAccount("ada@example.org"))
        for name in ["data.db", "data.db-wal", "data.db-shm"] {
            #expect(try folder.mode(of: name) == 0o600, "\(name)")
        }
    }

    @Test func keepsTheModeOfAFileThatExists() throws {
        try SQLiteStore(path: folder.file("data.db")).close()
        #expect(chmod(folder.file("data.db"), 0o640) == 0)
        try SQLiteStore(path: folder.file("data.db")).close()
        #expect(try folder.mode(of: "data.db") == 0o640)
    }

    @Test func namesThePathAndTheReasonWhenTheFolderIsMissing() throws {
        #expect(try problem(openingFile: "missing/data.db") == .system(errno: ENOENT))
        let error = DataFileError(path: "/a/b.db", problem: .system(errno: ENOENT))
        #expect(error.description == "Cannot use data file /a/b.db: No such file or directory")
    }

    @Test func refusesAFolder() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("data.db"), withIntermediateDirectories: false)
        #expect(try problem(openingFile: "data.db") == .system(errno: EISDIR))
    }

    @Test func refusesAFileThatIsNoDatabaseAndLeavesItAlone() throws {
        let text = String(repeating: "This is not a database.\n", count: 100)
        try text.write(toFile: folder.file("data.db"), atomically: false, encoding: .utf8)
        #expect(try problem(openingFile: "data.db") == .foreign)
        #expect(try String(contentsOfFile: folder.file("data.db"), encoding: .utf8) == text)
    }

    @Test func refusesTheDatabaseOfAnotherProgramAndLeavesItAlone() throws {
        try connection("tables.db").script(SQL("test", "CREATE TABLE notes (text)"))
        try connection("marked.db").script(SQL("test", "PRAGMA application_id = 7"))
        try connection("versioned.db").script(SQL("test", "PRAGMA user_version = 1"))
        for name in ["tables.db", "marked.db", "versioned.db"] {
            let before = FileManager.default.contents(atPath: folder.file(name))
            #expect(try problem(openingFile: name) == .foreign)
            #expect(FileManager.default.contents(atPath: folder.file(name)) == before)
        }
    }

    @Test func opensAnEmptyFile() async throws {
        #expect(FileManager.default.createFile(atPath: folder.file("data.db"), contents: nil))
        let store = try SQLiteStore(path: folder.file("data.db"))
        #expect(try await store.userCount() == 0)
        store.close()
    }

    @Test func refusesTheFileOfANewerVersion() throws {
        try SQLiteStore(path: folder.file("data.db")).close()
        let newer = Migrations.steps.count + 1
        try connection("data.db").script(SQL("test", "PRAGMA user_version = \(newer)"))
        let problem = try problem(openingFile: "data.db")
        #expect(problem == .newer(schema: newer, known: newer - 1))
        try connection("data.db").script(SQL("test", "PRAGMA user_version = \(newer - 1)"))
        try SQLiteStore(path: folder.file("data.db")).close()
    }

    /// A migration that fails half-way leaves no trace, so that the next start may try again.
    @Test func marksTheFileOnlyAfterTheWholeMigration() throws {
        let connection = try connection("data.db")
        try connection.script(SQL("test", "CREATE TABLE reset_tokens (text)"))
        #expect(throws: StoreFailure.self) { try Migrations.apply(to: connection) }
        #expect(!connection.isInTransaction)
        let count = SQL("test", "SELECT count(*) FROM sqlite_schema")
        #expect(try connection.row(count) { $0.integer(0) } == 1)
        let version = SQL("test", "PRAGMA user_version")
        #expect(try connection.row(version) { $0.integer(0) } == 0)
    }

    @Test func syncsEveryCommitAndEnforcesReferences() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        let pragmas = ["journal_mode", "synchronous", "foreign_keys", "trusted_schema"]
        let found = try await store.writer.write { connection in
            try pragmas.map { try connection.row(SQL("test", "PRAGMA \($0)")) { $0.text(0) } }
        }
        #expect(found == ["wal", "2", "1", "0"])
    }

    @Test func writesNothingThroughAReader() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        await #expect(throws: StoreFailure.self) {
            try await store.readers.read { try $0.run(SQL("test", "DELETE FROM users")) }
        }
    }
}
