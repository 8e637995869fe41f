import Auth
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStorage

@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file("data.db"))
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix("data.db") }
            .sorted()
    }

    private func text(_ pragma: String, of name: String) throws -> String? {
        try SQLiteConnection(path: folder.file(name)).row(SQL("test", "PRAGMA \(pragma)")) { $0.text(0) }
    }

    @Test func isASingleWholeFile() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let record = session(of: user)
        #expect(try await store.insert(record))
        try await store.backUp(to: folder.file("copy.db"))
        #expect(try files() == ["copy.db"])
        #expect(try folder.mode(of: "copy.db") == 0o600)
        #expect(try text("integrity_check", of: "copy.db") == "ok")
        #expect(try text("journal_mode", of: "copy.db") == "delete")
        #expect(try text("application_id", of: "copy.db") == "\(Migrations.applicationID)")
        #expect(try text("user_version", of: "copy.db") == "\(Migrations.steps.count)")
        #expect(try files() == ["copy.db"])
        let copy = try SQLiteStore(path: folder.file("copy.db"))
        defer { copy.close() }
        #expect(try await copy.users(after: nil, limit: nil) == [user])
        #expect(try await copy.liveSessions(at: start).map(\.session) == [record])
    }

    @Test func neverTakesThePlaceOfAFile() async throws {
        try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.file("file")))
        try FileManager.default.createDirectory(
            atPath: folder.file("folder"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: "nowhere")
        for name in ["file", "folder", "link"] {
            let failure = await #expect(throws: BackupFailure.self) {
                try await store.backUp(to: folder.file(name))
            }
            #expect(failure?.description == "\(folder.file(name)) exists already")
        }
        #expect(try files() == ["file", "folder", "link"])
        #expect(FileManager.default.contents(atPath: folder.file("file")) == Data("precious".utf8))
    }

    /// Who creates the file between the first look and the end is not overwritten either.
    @Test func neverTakesThePlaceOfAFileThatCameMeanwhile() throws {
        let new = try NewFile.create(at: folder.file("copy.db"), suffix: ".partial")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.file("copy.db")))
        #expect(throws: BackupFailure.self) { try new.publish() }
        new.discard()
        #expect(try files() == ["copy.db"])
        #expect(FileManager.default.contents(atPath: folder.file("copy.db")) == Data("precious".utf8))
    }

    @Test func namesWhatIsWrongWithThePlace() async throws {
        for (path, part) in [
            ("copy.db", "no absolute path"), ("", "no absolute path"),
            (folder.file("nowhere/copy.db"), "No such file or directory"),
            (folder.file("data.db/copy.db"), "Not a directory"),
            (folder.file(String(repeating: "x", count: 250)), "File name too long"),
        ] {
            let failure = await #expect(throws: BackupFailure.self) { try await store.backUp(to: path) }
            #expect(failure?.description.contains(part) == true)
        }
        #expect(try files() == [])
        try await store.backUp(to: folder.file("copy.db"))
    }

    /// SQLite alone would begin anew at every change.
    @Test(.timeLimit(.minutes(1))) func endsWhileOthersWriteAllTheTime() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let tall = String(repeating: "x", count: 4_000_000)
        _ = try await store.rename(user.id, firstName: tall, lastName: nil, at: start)
        let progress = Progress()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [store] in
                while !progress.isDone.load(ordering: .relaxed) {
                    _ = try await store.insert(session(of: user))
                    progress.written.add(1, ordering: .relaxed)
                }
            }
            while progress.written.load(ordering: .relaxed) == 0 { await Task.yield() }
            let before = progress.written.load(ordering: .relaxed)
            try await store.backUp(to: folder.file("copy.db"))
            #expect(progress.written.load(ordering: .relaxed) > before)
            progress.isDone.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let copy = try SQLiteStore(path: folder.file("copy.db"))
        defer { copy.close() }
        #expect(try await copy.account(id: user.id)?.user.firstName == tall)
        let sessions = try await copy.liveSessions(at: start).count
        #expect((1...progress.written.load(ordering: .relaxed)).contains(sessions))
        #expect(try text("integrity_check", of: "copy.db") == "ok")
    }

    @Test(arguments: [BackupTurn.Reason.disk, .stop])
    func leavesNothingWhenItIsEnded(reason: BackupTurn.Reason) throws {
        let turn = BackupTurn()
        try turn.begin()
        turn.cancel(because: reason)
        let failure = #expect(throws: BackupFailure.self) {
            try Backup.make(of: folder.file("data.db"), at: folder.file("copy.db"), turn: turn)
        }
        #expect(failure?.description == "the backup was ended: \(reason.rawValue)")
        #expect(try files() == [])
    }

    @Test func isOneAtATimeAndNoneAfterTheEnd() async throws {
        try store.backups.begin()
        let second = await #expect(throws: BackupFailure.self) {
            try await store.backUp(to: folder.file("copy.db"))
        }
        #expect(second?.description == "a backup is being made already")
        store.backups.end()
        try await store.backUp(to: folder.file("copy.db"))
        store.cancelBackup()
        let late = await #expect(throws: BackupFailure.self) {
            try await store.backUp(to: folder.file("late.db"))
        }
        #expect(late?.description == "the backup was ended: the server stops")
        #expect(try files() == ["copy.db"])
    }

    @Test func copiesADataFileThatNoStoreUses() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        store.close()
        try SQLiteStore.backUp(folder.file("data.db"), to: folder.file("copy.db"))
        let copy = try SQLiteStore(path: folder.file("copy.db"))
        defer { copy.close() }
        #expect(try await copy.users(after: nil, limit: nil) == [user])
    }

    @Test func refusesToCopyWhatIsNoDataFile() throws {
        try Data("Dear Sir or Madam,".utf8).write(to: URL(fileURLWithPath: folder.file("letter")))
        for name in ["letter", "nowhere"] {
            #expect(throws: BackupFailure.self) {
                try SQLiteStore.backUp(folder.file(name), to: folder.file("copy.db"))
            }
        }
        #expect(try files() == ["letter"])
    }

    @Test func noticesThatTheDataFileIsDamaged() async throws {
        for number in 0..<200 { _ = try await store.insert(newAccount("\(number)@example.org")) }
        store.close()
        let file = try #require(FileHandle(forUpdatingAtPath: folder.file("data.db")))
        let length = try file.seekToEnd()
        for page in stride(from: UInt64(8_192), to: length, by: 4_096) {
            try file.seek(toOffset: page + 8)
            try file.write(contentsOf: Data(repeating: 0xee, count: 64))
        }
        try file.close()
        let failure = #expect(throws: BackupFailure.self) {
            try SQLiteStore.backUp(folder.file("data.db"), to: folder.file("copy.db"))
        }
        #expect(failure?.description.contains("damaged") == true)
        #expect(try files() == [])
    }
}

private final class Progress: Sendable {
    let isDone = Atomic(false)
    let written = Atomic(0)
}
