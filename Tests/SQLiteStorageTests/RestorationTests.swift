import Auth
import Crypto
import Foundation
import TestSupport
import Testing

@testable import SQLiteStorage

@Suite struct RestorationTests {
    private let folder: TemporaryFolder
    private var data: String { folder.file("data.db") }
    private var backup: String { folder.file("backup") }

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A data file with two users, of whom the backup knows the first, signed in and with a reset token.
    private func makeDataAndBackup() async throws -> (first: User, second: User, session: SessionRecord) {
        let store = try SQLiteStore(path: data)
        defer { store.close() }
        let first = try #require(try await store.insert(newAccount("1@example.org")))
        let record = session(of: first)
        #expect(try await store.insert(record))
        _ = try await store.insertResetToken(
            SecretToken.random().digest, for: first.id, sentTo: first.email, expiresAt: start + .seconds(60))
        try await store.backUp(to: backup)
        let second = try #require(try await store.insert(newAccount("2@example.org")))
        return (first, second, record)
    }

    private func restore(
        _ file: String? = nil, keepingSessions: Bool = false, droppingAppPasswords: Bool = false,
        opens: Bool = true
    ) throws -> Restoration {
        try Restoration.restore(
            file ?? backup, to: data, keepingSessions: keepingSessions,
            sealed: Restoration.Sealed(droppingAppPasswords: droppingAppPasswords) { _ in opens },
            stamp: "now")
    }

    private func refusal(_ file: String? = nil) throws -> String {
        try #require(throws: BackupFailure.self) { try restore(file) }.description
    }

    private func contents(_ path: String) async throws -> (users: [User], sessions: [SessionRecord]) {
        let store = try SQLiteStore(path: path)
        defer { store.close() }
        let users = try await store.users(after: nil, limit: nil)
        return (users, try await store.liveSessions(at: start).map(\.session))
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func putsTheBackupInPlaceAndKeepsWhatWasThere() async throws {
        let (first, second, _) = try await makeDataAndBackup()
        let kept = data + ".before-restore-now"
        #expect(try restore() == Restoration(users: 1, removed: 2, kept: kept))
        #expect(try files() == ["backup", "data.db", "data.db.before-restore-now"])
        #expect(try folder.mode(of: "data.db") == 0o600)
        #expect(try await contents(data).users == [first])
        #expect(try await contents(kept).users == [first, second])
        #expect(try await contents(backup).users == [first])
    }

    /// A session that ended after the backup would live again.
    @Test func signsEverybodyOutUnlessAskedNotTo() async throws {
        let (_, _, record) = try await makeDataAndBackup()
        _ = try restore()
        #expect(try await contents(data).sessions == [])
        try FileManager.default.removeItem(atPath: data + ".before-restore-now")
        #expect(try restore(keepingSessions: true).removed == 0)
        #expect(try await contents(data).sessions == [record])
    }

    /// One that got out and was revoked after the backup would sign again.
    @Test func noSigningKeyOfTheBackupCountsAgainUnlessAskedTo() async throws {
        let store = try SQLiteStore(path: data)
        let key = SigningKeyRecord(
            id: "stolen", algorithm: .edDSA, sealedKey: [1], createdAt: start, signsFrom: start)
        try await store.insert(key, deleting: [])
        try await store.backUp(to: backup)
        store.close()
        func keys() async throws -> [String] {
            let store = try SQLiteStore(path: data)
            defer { store.close() }
            return try await store.signingKeys().map(\.id)
        }
        #expect(try restore().removed == 0)
        #expect(try await keys() == [])
        try FileManager.default.removeItem(atPath: data + ".before-restore-now")
        _ = try restore(keepingSessions: true)
        #expect(try await keys() == ["stolen"])
    }

    /// Keys of tokens are made anew; the key of device cookies is not sealed.
    @Test(arguments: [true, false])
    func keepsWhatTheKeyOpensAndRemovesTheRest(opens: Bool) async throws {
        _ = try await makeDataAndBackup()
        try FileManager.default.removeItem(atPath: backup)
        let store = try SQLiteStore(path: data)
        for name in ["sealing-check", "refresh-tokens", "device-cookies"] {
            _ = try await store.secret(name, orStore: [1])
        }
        try await store.backUp(to: backup)
        store.close()
        #expect(try restore(keepingSessions: true, opens: opens).hasLostKeys != opens)
        let restored = try SQLiteStore(path: data)
        defer { restored.close() }
        for name in ["sealing-check", "refresh-tokens"] {
            #expect(try await restored.secret(name, orStore: [2]) == (opens ? [1] : [2]))
        }
        #expect(try await restored.secret("device-cookies", orStore: [2]) == [1])
    }

    @Test func asksForNoKeyWhereNothingIsSealed() async throws {
        _ = try await makeDataAndBackup()
        #expect(try restore(opens: false).hasLostKeys == false)
    }

    @Test func needsNoDataFileBefore() async throws {
        let (first, _, _) = try await makeDataAndBackup()
        try FileManager.default.removeItem(atPath: data)
        #expect(try restore().kept == nil)
        #expect(try await contents(data).users == [first])
    }

    /// As kill -9 leaves it: the latest changes are in the log, which must not be taken for that of the backup.
    @Test func theLogOfTheDataFileGoesWithIt() async throws {
        let (first, second, _) = try await makeDataAndBackup()
        let store = try SQLiteStore(path: data)
        let third = try #require(try await store.insert(newAccount("3@example.org")))
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.copyItem(atPath: data + suffix, toPath: folder.file("crashed" + suffix))
        }
        store.close()
        for suffix in ["", "-wal", "-shm"] {
            if FileManager.default.fileExists(atPath: data + suffix) {
                try FileManager.default.removeItem(atPath: data + suffix)
            }
            try FileManager.default.moveItem(atPath: folder.file("crashed" + suffix), toPath: data + suffix)
        }
        _ = try restore()
        #expect(try files() == ["backup", "data.db", "data.db.before-restore-now"])
        #expect(try await contents(data).users == [first])
        #expect(try await contents(data + ".before-restore-now").users == [first, second, third])
    }

    @Test func keepsADamagedDataFileWithItsLog() async throws {
        let (first, _, _) = try await makeDataAndBackup()
        let (broken, log) = (Data(repeating: 1, count: 10_000), Data("what is left of a log".utf8))
        try broken.write(to: URL(fileURLWithPath: data))
        try log.write(to: URL(fileURLWithPath: data + "-wal"))
        _ = try restore()
        #expect(FileManager.default.contents(atPath: data + ".before-restore-now") == broken)
        #expect(FileManager.default.contents(atPath: data + ".before-restore-now-wal") == log)
        #expect(!FileManager.default.fileExists(atPath: data + "-wal"))
        #expect(try await contents(data).users == [first])
    }

    @Test func goesOverWhatACrashLeft() async throws {
        let (first, _, _) = try await makeDataAndBackup()
        for suffix in ["", "-wal", "-journal"] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: data + ".restoring" + suffix))
        }
        _ = try restore()
        #expect(try files() == ["backup", "data.db", "data.db.before-restore-now"])
        #expect(try await contents(data).users == [first])
    }

    @Test func takesTheCopyOfAFileThatWasNotClosed() async throws {
        let (first, second, _) = try await makeDataAndBackup()
        let store = try SQLiteStore(path: data)
        let third = try #require(try await store.insert(newAccount("3@example.org")))
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: data + suffix, toPath: folder.file("copied" + suffix))
        }
        store.close()
        #expect(try restore(folder.file("copied")).users == 3)
        #expect(try await contents(data).users == [first, second, third])
    }

    @Test func takesABackupOfAnOlderSchema() async throws {
        try #require(FileManager.default.createFile(atPath: backup, contents: nil))
        let old = """
            \(Schema.version1)
            INSERT INTO users VALUES
                (1, zeroblob(16), 'a@example.org', 'a@example.org', NULL, NULL, 'hash', 1, 1, 0, 0);
            INSERT INTO sessions VALUES (zeroblob(32), 1, 0, NULL, 1);
            PRAGMA application_id = \(Migrations.applicationID);
            PRAGMA user_version = 1;
            """
        try SQLiteConnection(path: backup).script(SQL("test", old))
        #expect(try restore() == Restoration(users: 1, removed: 1, kept: nil))
        #expect(try await contents(data).users.map(\.email.text) == ["a@example.org"])
    }

    @Test func refusesWhatIsNoBackupAndChangesNothing() async throws {
        let (first, second, _) = try await makeDataAndBackup()
        let before = FileManager.default.contents(atPath: data)
        func change(_ name: String, _ sql: String) throws -> String {
            try FileManager.default.copyItem(atPath: backup, toPath: folder.file(name))
            try SQLiteConnection(path: folder.file(name)).script(SQL("test", sql))
            return folder.file(name)
        }
        try Data("Dear Sir or Madam,".utf8).write(to: URL(fileURLWithPath: folder.file("letter")))
        try Data().write(to: URL(fileURLWithPath: folder.file("empty")))
        for (file, part) in [
            (folder.file("nowhere"), "No such file"), (folder.path, "is no file"),
            (folder.file("letter"), "not a data file of sessiond"),
            (folder.file("empty"), "not a data file of sessiond"), (data, "is the data file itself"),
            (try change("foreign", "PRAGMA application_id = 1"), "not a data file of sessiond"),
            (try change("newer", "PRAGMA user_version = 999"), "a newer sessiond wrote it"),
            (try change("negative", "PRAGMA user_version = -1"), "a newer sessiond wrote it"),
        ] {
            #expect(try refusal(file).contains(part))
            #expect(FileManager.default.contents(atPath: data) == before)
        }
        #expect(try !files().contains { $0.contains("restor") })
        #expect(try await contents(data).users == [first, second])
    }

    @Test func refusesADamagedBackup() async throws {
        _ = try await makeDataAndBackup()
        let file = try #require(FileHandle(forUpdatingAtPath: backup))
        for page in stride(from: UInt64(8_192), to: try file.seekToEnd(), by: 4_096) {
            try file.seek(toOffset: page)
            try file.write(contentsOf: Data(repeating: 0xee, count: 4_096))
        }
        try file.close()
        #expect(try refusal().contains("backup"))
        #expect(try !files().contains { $0.contains("restor") })
        #expect(try await contents(data).users.count == 2)
    }

    @Test func refusesANameThatIsTaken() async throws {
        _ = try await makeDataAndBackup()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: data + ".before-restore-now"))
        #expect(try refusal().contains("File exists"))
        #expect(
            FileManager.default.contents(atPath: data + ".before-restore-now") == Data("precious".utf8))
        #expect(try await contents(data).users.count == 2)
    }
}
