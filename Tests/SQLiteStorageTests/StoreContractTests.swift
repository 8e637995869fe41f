import Auth
import SQLiteStorage
import TestSupport
import Testing

@Suite struct StoreContractTests {
    @Test(arguments: StoreContract.all) func memoryStoreKeepsTheContract(claim: StoreClaim) async throws {
        try await claim.check(MemoryStore())
    }

    @Test(arguments: StoreContract.all) func sqliteStoreKeepsTheContract(claim: StoreClaim) async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: folder.file("data.db"))
        defer { store.close() }
        try await claim.check(store)
    }
}

@Suite struct MemoryStoreTests {
    @Test func throwsFromEveryCallWhileFailingAndRecovers() async throws {
        let store = MemoryStore()
        let user = try #require(try await store.insert(newAccount("ada@example.org")))
        store.failing = true
        await #expect(throws: StoreFailure.self) { try await store.userCount() }
        await #expect(throws: StoreFailure.self) { try await store.delete(user.id) }
        await #expect(throws: StoreFailure.self) { try await store.liveSessions(at: start) }
        store.failing = false
        #expect(try await store.users(after: nil, limit: nil) == [user])
    }
}

@Suite struct ManualClockTests {
    @Test func movesBothClocksWithTimeAndOneWithAJump() {
        let clock = ManualClock()
        let before = clock.now
        clock.advance(by: .seconds(5))
        #expect(clock.now.wall.milliseconds == before.wall.milliseconds + 5_000)
        #expect(clock.now.steady.milliseconds == before.steady.milliseconds + 5_000)
        clock.jumpWall(by: .seconds(-3_600))
        #expect(clock.now.wall.milliseconds == before.wall.milliseconds - 3_595_000)
        #expect(clock.now.steady.milliseconds == before.steady.milliseconds + 5_000)
    }
}
