import Auth
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStorage

/// What the writer does when the disk is full. The disk itself is filled in Tests/EndToEnd/acceptance/full_disk.py.
@Suite struct FullDiskTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore
    /// SQLITE_FULL.
    private static let full = StoreFailure(code: 13, operation: "test")

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file("data.db"))
    }

    private func size(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
        return (attributes[.size] as? NSNumber)?.intValue ?? -1
    }

    @Test func triesAgainAfterACheckpoint() async throws {
        let tries = Atomic(0)
        let log = try size("data.db-wal")
        try await store.writer.write { connection in
            if tries.add(1, ordering: .relaxed).newValue == 1 { throw Self.full }
            try connection.script(SQL("test", "CREATE TABLE written (number)"))
        }
        let count = SQL("test", "SELECT count(*) FROM written")
        #expect(try await store.readers.read { try $0.row(count) { $0.integer(0) } } == 0)
        #expect(tries.load(ordering: .relaxed) == 2)
        #expect(!store.isFailing)
        #expect(try size("data.db-wal") == log)
    }

    @Test func failsOnceTheSecondTryFailsToo() async throws {
        let tries = Atomic(0)
        let failure = await #expect(throws: StoreFailure.self) {
            try await store.writer.write { _ in
                tries.add(1, ordering: .relaxed)
                throw Self.full
            }
        }
        #expect(failure == Self.full)
        #expect(tries.load(ordering: .relaxed) == 2)
        #expect(store.isFailing)
    }

    @Test(arguments: [778, 4_874] as [Int32])  // SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE
    func treatsAFaultOfTheDiskAlike(code: Int32) async throws {
        let tries = Atomic(0)
        try await store.writer.write { _ in
            guard tries.add(1, ordering: .relaxed).newValue > 1 else {
                throw StoreFailure(code: code, operation: "test")
            }
        }
        #expect(tries.load(ordering: .relaxed) == 2)
    }

    @Test func whatOneChangeIsToBlameForIsTriedOnce() async throws {
        let tries = Atomic(0)
        await #expect(throws: StoreFailure.self) {
            try await store.writer.write { connection in
                tries.add(1, ordering: .relaxed)
                try connection.run(SQL("test", "INSERT INTO users (email) VALUES (NULL)"))
            }
        }
        #expect(tries.load(ordering: .relaxed) == 1)
        #expect(!store.isFailing)
    }

    @Test func theOthersOfABatchThatDoesNotFitAreWritten() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let sessions = (0..<20).map { _ in session(of: user) }
        for record in sessions { #expect(try await store.insert(record)) }
        let failed = await withTaskGroup(of: Bool.self) { group in
            for (number, record) in sessions.enumerated() {
                group.addTask {
                    do {
                        if number == 7 { try await store.writer.write { _ in throw Self.full } }
                        try await store.delete(record.id)
                        return false
                    } catch { return true }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failed == 1)
        #expect(try await store.liveSessions(at: start).map(\.session) == [sessions[7]])
        #expect(store.isFailing)
    }

    @Test func aChangeThatSucceedsDoesNotMeanThatThereIsRoom() async throws {
        await #expect(throws: StoreFailure.self) { try await store.writer.write { _ in throw Self.full } }
        #expect(try await store.insert(newAccount("ada@example.org")) != nil)
        #expect(store.isFailing)
        try await store.tryChange()
        #expect(!store.isFailing)
    }

    @Test func aTriedChangeThatFailsLeavesTheStoreFailing() async throws {
        try await store.writer.write { try $0.script(SQL("test", "PRAGMA busy_timeout = 1")) }
        let other = try SQLiteConnection(path: folder.file("data.db"))
        try other.script(SQL("test", "BEGIN IMMEDIATE"))
        await #expect(throws: StoreFailure.self) { try await store.insert(newAccount("ada@example.org")) }
        #expect(store.isFailing)
        await #expect(throws: StoreFailure.self) { try await store.tryChange() }
        #expect(store.isFailing)
        try other.script(SQL("test", "ROLLBACK"))
        try await store.tryChange()
        #expect(!store.isFailing)
    }

    @Test func aTriedChangeChangesNothing() async throws {
        _ = try await store.insert(newAccount("ada@example.org"))
        func versions() async throws -> [Int64] {
            try await store.readers.read { connection in
                try ["user_version", "application_id", "schema_version"].compactMap { name in
                    try connection.row(SQL("test", "PRAGMA \(name)")) { $0.integer(0) }
                }
            }
        }
        let (before, commits) = (try await versions(), store.writer.commits)
        try await store.tryChange()
        #expect(try await versions() == before)
        #expect(store.writer.commits == commits + 1)
    }

    /// Room that is there before the disk is full.
    @Test func logAndDataFileHaveRoomAhead() async throws {
        #expect(try size("data.db-wal") == LogReserve.size)
        #expect(try size("data.db") == Int(SQLiteConnection.chunk))
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let tall = String(repeating: "x", count: 200_000)
        _ = try await store.rename(user.id, firstName: tall, lastName: nil, at: start)
        let pages = try await store.writer.write { try $0.pages() }
        #expect(Int(pages) * 4_096 > Int(SQLiteConnection.chunk))
        #expect(try size("data.db") >= Int(pages) * 4_096)
        #expect(try size("data.db") % Int(SQLiteConnection.chunk) == 0)
    }

    @Test func theLogIsReusedFromItsStartOnceRestarted() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        for _ in 0..<30 {
            let record = session(of: user)
            #expect(try await store.insert(record))
            try await store.delete(record.id)
        }
        // Far more was written than the reserve holds.
        for _ in 0..<40 {
            for _ in 0..<10 { try await store.tryChange() }
            let tries = Atomic(0)
            try await store.writer.write { _ in
                if tries.add(1, ordering: .relaxed).newValue == 1 { throw Self.full }
            }
        }
        #expect(try size("data.db-wal") == LogReserve.size)
        #expect(try await store.userCount() == 1)
    }

    @Test func aBackupGivesWayToAFullDisk() async throws {
        try store.backups.begin()
        await #expect(throws: StoreFailure.self) { try await store.writer.write { _ in throw Self.full } }
        let failure = #expect(throws: BackupFailure.self) { try store.backups.check() }
        #expect(failure?.description.contains("full") == true)
        store.backups.end()
        try store.backups.begin()
        try store.backups.check()
    }

    @Test func saysWhichBatchIsBeingWritten() async throws {
        #expect(store.batchInProgress == nil)
        let first = try await store.writer.write { [store] _ in store.batchInProgress }
        let second = try await store.writer.write { [store] _ in store.batchInProgress }
        #expect(first != nil && second != nil && first != second)
    }
}
