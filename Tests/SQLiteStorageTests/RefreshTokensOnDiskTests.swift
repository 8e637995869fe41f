import Auth
import Crypto
import Foundation
import TestSupport
import Testing
import Workers

@testable import SQLiteStorage

/// Refresh tokens on a data file.
@Suite struct RefreshTokensOnDiskTests {
    private let folder: TemporaryFolder
    private let sealing = SealingKey.random()
    private let clock = ManualClock()
    private let hashers = HashGovernor.plain(threads: 1, capacity: 100)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func accounts(_ store: SQLiteStore) async throws -> Accounts {
        let accounts = try Accounts(
            stores: store, sessions: SessionMap { _ in UserRendering(user: [], profile: []) },
            policy: AccountPolicy(), hashing: PasswordHashing(memoryKiB: 8, iterations: 1), hashers: hashers,
            sealing: sealing)
        try await accounts.restoreSessions(at: clock.now)
        return accounts
    }

    /// A session with a refresh token.
    private func begin(_ accounts: Accounts, _ email: String = "ada@example.org") async throws -> String {
        _ = try await accounts.register(email: email, password: "correct horse", at: clock.now)
        let check = try await accounts.check(email: email, password: "correct horse")
        guard case .account(let account) = check else { throw CancellationError() }
        let issued = try #require(try await accounts.signIn(account, at: clock.now))
        return try #require(
            try await accounts.refreshTokens.begin(for: SessionID(issued.token), at: clock.now))
    }

    private func renewed(_ token: String, _ accounts: Accounts) async throws -> String? {
        guard case .renewed(_, let next) = try await accounts.refreshTokens.redeem(token, at: clock.now)
        else {
            return nil
        }
        return next
    }

    private func families(_ path: String) throws -> Int64? {
        let connection = try SQLiteConnection(path: path)
        return try connection.row(SQL("counting", "SELECT count(*) FROM refresh_families")) { $0.integer(0) }
    }

    @Test func aHundredParallelRefreshesFiftyTimesGiveOneFamily() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        let accounts = try await accounts(store)
        var token = try await begin(accounts)
        for _ in 0..<50 {
            let current = token
            let found = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<100 { group.addTask { try await renewed(current, accounts) } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(found.count == 1)
            token = try #require(found.first ?? nil)
            #expect(token != current)
        }
        #expect(try families(folder.file("data.db")) == 1)
    }

    /// The file and its log as a crash leaves them, after each acknowledged use.
    @Test func everyAcknowledgedTokenCountsAfterACrash() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        let accounts = try await accounts(store)
        var tokens = [try await begin(accounts)]
        for round in 0..<5 {
            tokens.append(try #require(try await renewed(tokens[round], accounts)))
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: folder.file("data.db" + suffix), toPath: folder.file("crashed-\(round)" + suffix))
            }
            clock.advance(by: .seconds(60))
        }
        for round in 0..<5 {
            let crashed = try SQLiteStore(path: folder.file("crashed-\(round)"))
            defer { crashed.close() }
            let accounts = try await self.accounts(crashed)
            // The answer that carried it may have been lost.
            #expect(try await renewed(tokens[round], accounts) == tokens[round + 1])
            #expect(try await renewed(tokens[round + 1], accounts) != nil)
        }
    }

    @Test func theEndOfASessionAsAReplayIsOnDisk() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let first = try await begin(accounts(store))
        store.close()
        let again = try SQLiteStore(path: folder.file("data.db"))
        let accounts = try await accounts(again)
        let second = try #require(try await renewed(first, accounts))
        let third = try #require(try await renewed(second, accounts))
        guard case .replayed = try await accounts.refreshTokens.redeem(first, at: clock.now) else {
            Issue.record("no replay")
            return
        }
        again.close()
        #expect(try families(folder.file("data.db")) == 0)
        let last = try SQLiteStore(path: folder.file("data.db"))
        defer { last.close() }
        let accountsAfter = try await self.accounts(last)
        #expect(try await renewed(third, accountsAfter) == nil)
        #expect(try await last.liveSessions(at: clock.now.wall).isEmpty)
    }

    @Test func aRestoredBackupHasNoFamilies() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let accounts = try await accounts(store)
        let first = try await begin(accounts)
        try await store.backUp(to: folder.file("backup"))
        store.close()
        #expect(try families(folder.file("backup")) == 1)
        let result = try Restoration.restore(
            folder.file("backup"), to: folder.file("data.db"), keepingSessions: false,
            sealed: Restoration.Sealed { _ in true }, stamp: "now")
        #expect(result.removed == 1)
        #expect(try families(folder.file("data.db")) == 0)
        let restored = try SQLiteStore(path: folder.file("data.db"))
        defer { restored.close() }
        let accountsAfter = try await self.accounts(restored)
        #expect(try await renewed(first, accountsAfter) == nil)
    }

    /// Clients have newer tokens than the backup knows; thieves may have older ones.
    @Test func aBackupRestoredWithItsSessionsGoesOnFromTheClientsToken() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let accounts = try await accounts(store)
        let first = try await begin(accounts)
        try await store.backUp(to: folder.file("backup"))
        let second = try #require(try await renewed(first, accounts))
        let third = try #require(try await renewed(second, accounts))
        store.close()
        _ = try Restoration.restore(
            folder.file("backup"), to: folder.file("data.db"), keepingSessions: true,
            sealed: Restoration.Sealed { _ in true }, stamp: "now")
        let restored = try SQLiteStore(path: folder.file("data.db"))
        defer { restored.close() }
        let accountsAfter = try await self.accounts(restored)
        #expect(try await renewed(third, accountsAfter) != nil)
        guard case .replayed = try await accountsAfter.refreshTokens.redeem(first, at: clock.now) else {
            Issue.record("no replay")
            return
        }
    }

    @Test func aStoreThatIsClosedSaysNothingOfAToken() async throws {
        let store = try SQLiteStore(path: folder.file("data.db"))
        let accounts = try await accounts(store)
        let first = try await begin(accounts)
        store.close()
        await #expect(throws: WorkerPool.Overloaded.self) { try await renewed(first, accounts) }
    }
}
