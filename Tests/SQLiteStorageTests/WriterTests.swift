import Auth
import Dispatch
import Synchronization
import Telemetry
import TestSupport
import Testing
import Workers

@testable import SQLiteStorage

/// The writer, with its thread held in one operation while others gather behind it.
@Suite struct WriterTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file("data.db"))
    }

    /// Runs `body` while a write occupies the writer, until the function that `body` gets is called.
    private func whileHeld(_ body: (_ open: @Sendable () -> Void) async throws -> Void) async throws {
        let (started, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let held: Void = store.writer.write { _ in
            started.signal()
            gate.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                started.wait()
                continuation.resume()
            }
        }
        try await body { gate.signal() }
        try await held
    }

    /// Runs all `writes` as one batch, in this order, and returns what each came to.
    private func inOneBatch(
        _ writes: [@Sendable () async throws -> User?]
    ) async throws -> [Result<User?, any Error>] {
        var results: [Int: Result<User?, any Error>] = [:]
        try await whileHeld { open in
            await withTaskGroup(of: (Int, Result<User?, any Error>).self) { group in
                for (index, write) in writes.enumerated() {
                    group.addTask {
                        do {
                            return (index, .success(try await write()))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                    while store.writer.waiting <= index { await Task.yield() }
                }
                open()
                for await (index, result) in group { results[index] = result }
            }
        }
        return writes.indices.compactMap { results[$0] }
    }

    @Test func commitsEverythingThatWaitsAsOneTransaction() async throws {
        let before = store.writer.commits
        let results = try await inOneBatch(
            (0..<200).map { number in { try await store.insert(newAccount("\(number)@example.org")) } })
        for result in results { #expect(try result.get() != nil) }
        #expect(store.writer.commits == before + 2)
        #expect(try await store.userCount() == 200)
        #expect(store.writer.waiting == 0)
    }

    @Test func saysHowLongEachCommitTook() async throws {
        let now = Atomic<Int64>(0)
        // A hundred microseconds between any two looks at the clock: one at the beginning, one at the end.
        let store = try SQLiteStore(path: folder.file("other.db")) {
            now.add(100, ordering: .relaxed).newValue
        }
        for number in 1...3 { _ = try await store.insert(newAccount("\(number)@example.org")) }
        await #expect(throws: StoreFailure.self) {
            try await store.writer.write { connection in
                throw StoreFailure(code: 1, operation: "test")
            }
        }
        store.close()
        #expect(store.commits.reading.count == store.writer.commits)
        #expect(store.commits.reading.counts[1] == 4 && store.commits.reading.nanoseconds == 400_000)
    }

    @Test(.timeLimit(.minutes(1))) func refusesAtOnceTheFirstWriteBeyondItsCapacity() async throws {
        let write: @Sendable () async throws -> Void = { try await store.writer.write { _ in } }
        try await whileHeld { open in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Writer.capacity { group.addTask { try await write() } }
                while store.writer.waiting < Writer.capacity { await Task.yield() }
                await #expect(throws: WorkerPool.Overloaded.self) { try await write() }
                open()
                try await group.waitForAll()
            }
        }
        try await write()
    }

    @Test func undoesOnlyTheOperationThatFails() async throws {
        let results = try await inOneBatch([
            { try await store.insert(newAccount("1@example.org")) },
            {
                try await store.writer.write { connection in
                    _ = try connection.run(SQL("test", "UPDATE users SET first_name = 'changed'"))
                    _ = try connection.run(SQL("test", "UPDATE users SET is_administrator = 2"))
                    return nil
                }
            },
            { try await store.insert(newAccount("2@example.org")) },
        ])
        let first = try #require(try results[0].get())
        #expect(throws: StoreFailure.self) { try results[1].get() }
        let second = try #require(try results[2].get())
        #expect(try await store.users(after: nil, limit: nil) == [first, second])
    }

    /// A reference that is only checked at the commit makes the commit itself fail.
    @Test func failsEveryCallerOfABatchThatCannotCommit() async throws {
        let dangling = SQL("test", "INSERT INTO reset_tokens VALUES (999, zeroblob(32), 0)")
        let before = store.writer.commits
        let results = try await inOneBatch([
            { try await store.insert(newAccount("1@example.org")) },
            {
                try await store.writer.write { connection in
                    try connection.script(SQL("test", "PRAGMA defer_foreign_keys = ON"))
                    _ = try connection.run(dangling)
                    return nil
                }
            },
            { try await store.insert(newAccount("2@example.org")) },
        ])
        for result in results {
            let failure = #expect(throws: StoreFailure.self) { try result.get() }
            #expect(failure == StoreFailure(code: 787, operation: "committing a transaction"))
        }
        #expect(store.writer.commits == before + 1)
        #expect(try await store.userCount() == 0)
        #expect(try await store.insert(newAccount("3@example.org"))?.isAdministrator == true)
    }

    /// Errors after which SQLite ends the whole transaction by itself, here by request.
    @Test func servesTheOthersWhenOneEndsTheirTransaction() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let before = store.writer.commits
        let results = try await inOneBatch([
            { try await store.insert(newAccount("1@example.org")) },
            {
                try await store.writer.write { connection in
                    _ = try connection.run(SQL("test", "UPDATE OR ROLLBACK users SET email = NULL"))
                    return nil
                }
            },
            { try await store.setAdministrator(user.id, false, at: start) },
        ])
        let first = try #require(try results[0].get())
        let failure = #expect(throws: StoreFailure.self) { try results[1].get() }
        #expect(failure == StoreFailure(code: 1_299, operation: "test"))
        let changed = try #require(try results[2].get())
        #expect(try await store.users(after: nil, limit: nil) == [changed, first])
        #expect(store.writer.commits == before + 3)
    }

    @Test func failsOnAFullDiskWhatNeedsRoomAndRecovers() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        let record = session(of: user)
        #expect(try await store.insert(record))
        try await limitPages(by: 0)
        let tall = String(repeating: "x", count: 100_000)
        let results = try await inOneBatch([
            { try await store.setAdministrator(user.id, false, at: start) },
            { try await store.rename(user.id, firstName: tall, lastName: nil, at: start) },
            {
                try await store.delete(record.id)
                return nil
            },
        ])
        #expect(try results[0].get()?.isAdministrator == false)
        let failure = #expect(throws: StoreFailure.self) { try results[1].get() }
        #expect(failure == StoreFailure(code: 13, operation: "renaming a user"))
        #expect(try results[2].get() == nil)
        #expect(try await store.liveSessions(at: start).isEmpty)
        let stored = try await store.account(id: user.id)?.user
        #expect(stored?.firstName == nil)
        #expect(stored?.isAdministrator == false)

        try await limitPages(by: 1_000)
        let renamed = try await store.rename(user.id, firstName: tall, lastName: nil, at: start)
        #expect(renamed?.firstName == tall)
    }

    @Test func failsWhileAnotherProcessHoldsTheLockAndReadsGoOn() async throws {
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        try await store.writer.write { try $0.script(SQL("test", "PRAGMA busy_timeout = 1")) }
        let other = try SQLiteConnection(path: folder.file("data.db"))
        try other.script(SQL("test", "BEGIN IMMEDIATE"))
        let failure = await #expect(throws: StoreFailure.self) { try await store.delete(user.id) }
        #expect(failure == StoreFailure(code: 5, operation: "beginning a transaction"))
        #expect(try await store.userCount() == 1)
        try other.script(SQL("test", "ROLLBACK"))
        #expect(try await store.delete(user.id))
    }

    @Test func namesNoValueInAnError() async throws {
        let secret = "correct-horse-battery-staple"
        let sql = SQL("testing", "INSERT INTO users (email) VALUES (?1)")
        let failure = await #expect(throws: StoreFailure.self) {
            try await store.writer.write { try $0.run(sql, .text(secret)) }
        }
        let text = try #require(failure.map { "\($0)" + String(reflecting: $0) })
        #expect(!text.contains(secret))
        #expect(failure?.operation == "testing")
        #expect(failure?.code == 1_299)  // SQLITE_CONSTRAINT_NOTNULL
    }

    /// Leaves room for this many more pages.
    private func limitPages(by more: Int64) async throws {
        try await store.writer.write { connection in
            let count = try connection.row(SQL("test", "PRAGMA page_count")) { $0.integer(0) } ?? 0
            try connection.script(SQL("test", "PRAGMA max_page_count = \(count + more)"))
        }
    }
}
