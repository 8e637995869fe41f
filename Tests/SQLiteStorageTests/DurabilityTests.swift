import Auth
import Crypto
import Foundation
import TestSupport
import Testing
import Workers

@testable import SQLiteStorage

@Suite struct DurabilityTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func keepsEverythingOverARestart() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let user = try #require(try await store.insert(newAccount("Ada@example.org")))
        let record = session(of: user)
        let token = SecretToken.random().digest
        #expect(try await store.insert(record))
        #expect(
            try await store.insertResetToken(
                token, for: user.id, sentTo: user.email, expiresAt: start + .seconds(60)))
        store.close()
        #expect(!FileManager.default.fileExists(atPath: folder.file("data.db-wal")))

        let again = try SQLiteStore(path: folder.file("data.db"))
        defer { again.close() }
        #expect(try await again.account(id: user.id) == Account(user: user, passwordHash: "hash"))
        let live = try await again.liveSessions(at: start)
        #expect(live.map(\.session) == [record])
        #expect(live.map(\.user) == [user])
        #expect(try await again.hasResetToken(token, for: user.id, at: start))
        #expect(try await again.insert(newAccount("bob@example.org"))?.isAdministrator == false)
    }

    @Test func makesNobodyFirstAgainAfterARestart() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        #expect(user.isAdministrator)
        #expect(try await store.delete(user.id))
        store.close()
        let again = try SQLiteStore(path: folder.file("data.db"))
        defer { again.close() }
        #expect(try await again.insert(newAccount("bob@example.org"))?.isAdministrator == false)
    }

    /// What a crash leaves: the file and its log, copied while the store is open, without the shared memory.
    @Test func losesNothingAcknowledgedInACrash() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        var users: [User] = []
        for number in 0..<20 {
            users.append(try #require(try await store.insert(newAccount("\(number)@example.org"))))
        }
        let (kept, ended) = (session(of: users[3]), session(of: users[3]))
        #expect(try await store.insert(kept))
        #expect(try await store.insert(ended))
        try await store.delete(ended.id)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: folder.file("data.db" + suffix), toPath: folder.file("crashed.db" + suffix))
        }
        let crashed = try SQLiteStore(path: folder.file("crashed.db"))
        defer { crashed.close() }
        #expect(try await crashed.users(after: nil, limit: nil) == users)
        #expect(try await crashed.liveSessions(at: start).map(\.session) == [kept])
    }

    /// A log cut in the middle of its last transaction, as by a power cut: the ones before it are whole.
    @Test func opensALogThatEndsInTheMiddleOfATransaction() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        let first = try #require(try await store.insert(newAccount("1@example.org")))
        /// What was written to the log, without the room behind it.
        func written() throws -> Data {
            let all = try #require(FileManager.default.contents(atPath: folder.file("data.db-wal")))
            return all.prefix(all.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)
        }
        let length = try written().count
        #expect(try await store.insert(newAccount("2@example.org")) != nil)
        let log = try written()
        #expect(log.count > length)
        try FileManager.default.copyItem(
            atPath: folder.file("data.db"), toPath: folder.file("crashed.db"))
        try log.prefix((length + log.count) / 2).write(
            to: URL(fileURLWithPath: folder.file("crashed.db-wal")))
        let crashed = try SQLiteStore(path: folder.file("crashed.db"))
        defer { crashed.close() }
        #expect(try await crashed.users(after: nil, limit: nil) == [first])
    }

    @Test func refusesCallsOnceClosed() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        store.close()
        store.close()
        await #expect(throws: WorkerPool.Overloaded.self) { try await store.userCount() }
        await #expect(throws: WorkerPool.Overloaded.self) {
            try await store.insert(newAccount("ada@example.org"))
        }
    }

    @Test func closesAStoreThatIsForgotten() async throws {
        var store: SQLiteStore? = try SQLiteStore(path: folder.file("data.db"))
        _ = try await store?.insert(newAccount("ada@example.org"))
        #expect(FileManager.default.fileExists(atPath: folder.file("data.db-wal")))
        store = nil
        #expect(!FileManager.default.fileExists(atPath: folder.file("data.db-wal")))
    }
}
