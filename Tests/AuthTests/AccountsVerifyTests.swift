import Auth
import Crypto
import Dispatch
import Synchronization
import TestSupport
import Testing
import Workers

@Suite struct AccountsVerifyTests {
    @Test func knowsTheRightPasswordInWhateverCaseOfTheAddress() async throws {
        let service = try TestAccounts()
        let user = try await service.register("Ada@example.org")
        for email in ["ada@example.org", "ADA@EXAMPLE.ORG", " Ada@example.org\n"] {
            let verified = try await service.accounts.verify(email: email, password: "correct horse")
            #expect(verified?.user == user)
        }
    }

    @Test(arguments: ["", "correct hors", "correct horse ", "Correct horse", "correct horse\0", "\0"])
    func knowsNoOtherPassword(_ password: String) async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        #expect(try await service.accounts.verify(email: "ada@example.org", password: password) == nil)
    }

    /// For the operator; the same work, as `hashesOnceWhoeverAsks` shows.
    @Test func saysWhyToTheOperator() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        func reason(_ email: String, _ password: String) async throws -> Verification.Refusal? {
            switch try await service.accounts.check(email: email, password: password) {
            case .account: nil
            case .refused(let refusal): refusal
            }
        }
        #expect(try await reason("ada@example.org", "correct horse") == nil)
        for (email, password, expected, isKnown) in [
            ("ada@example.org", "wrong", Verification.Refusal.Reason.wrongPassword, true),
            ("nobody@example.org", "correct horse", .unknownAccount, false),
            ("no address", "x", .unknownAccount, false),
            ("ada@example.org", String(repeating: "x", count: 257), .overlongPassword, false),
        ] {
            let refusal = try await reason(email, password)
            #expect(refusal?.reason == expected)
            #expect(refusal?.user == (isKnown ? user.id : nil))
        }
        _ = try await service.accounts.setDisabled(user.id, true, at: service.clock.now)
        #expect(try await reason("ada@example.org", "correct horse")?.reason == .disabled)
        #expect(try await reason("ada@example.org", "wrong")?.reason == .wrongPassword)
    }

    @Test(arguments: ["caf\u{e9}!", "cafe\u{301}!"])
    func spellingsOfOneLetterAreOnePassword(_ registered: String) async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org", registered)
        for password in ["caf\u{e9}!", "cafe\u{301}!"] {
            #expect(try await service.accounts.verify(email: "ada@example.org", password: password) != nil)
        }
        #expect(try await service.accounts.verify(email: "ada@example.org", password: "cafe!") == nil)
    }

    @Test func neverCutsAPassword() async throws {
        let service = try TestAccounts()
        let longest = String(repeating: "x", count: 256)
        _ = try await service.register("ada@example.org", longest)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: longest) != nil)
        for wrong in [longest.dropLast() + "y", String(longest.dropLast()), longest + "x", longest + longest]
        {
            #expect(try await service.accounts.verify(email: "ada@example.org", password: wrong) == nil)
        }
    }

    /// A pool with one thread, held before and behind the first hash: a second one would have to wait and be seen.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("ada@example.org", "wrong one", false), ("nobody@example.org", "wrong one", false),
            ("no address", "wrong one", false), ("", "", false), ("ada@example.org", "", false),
            ("ada@example.org", "correct horse", true),
        ])
    func hashesOnceWhoeverAsks(_ email: String, _ password: String, _ isKnown: Bool) async throws {
        let pool = HashGovernor.plain(threads: 1, capacity: 10)
        let service = try TestAccounts(hashers: pool)
        _ = try await service.register("ada@example.org")
        let (first, second) = (HeldThread(pool), HeldThread(pool))
        let isDone = Atomic(false)
        await first.begin()
        async let verified = {
            defer { isDone.store(true, ordering: .releasing) }
            return try await service.accounts.verify(email: email, password: password)
        }()
        while pool.waiting == 0, !isDone.load(ordering: .acquiring) { await Task.yield() }
        #expect(pool.waiting == 1)
        async let isBehind: Void = second.begin()
        while pool.waiting < 2, !isDone.load(ordering: .acquiring) { await Task.yield() }
        first.end()
        await isBehind
        while pool.waiting == 0, !isDone.load(ordering: .acquiring) { await Task.yield() }
        #expect(pool.waiting == 0)
        second.end()
        #expect(try await (verified != nil) == isKnown)
    }

    @Test func anOverlongPasswordCostsNoHash() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        service.hashers.stop()
        let long = String(repeating: "x", count: 257)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: long) == nil)
    }

    @Test func aFullQueueThrowsAtOnce() async throws {
        let pool = HashGovernor.plain(threads: 1, capacity: 1)
        let service = try TestAccounts(hashers: pool)
        let user = try await service.register("ada@example.org")
        let held = HeldThread(pool)
        await held.begin()
        let waiting = Task { try await pool.run {} }
        while pool.waiting < 1 { await Task.yield() }
        await #expect(throws: WorkerPool.Overloaded()) {
            try await service.accounts.verify(email: "ada@example.org", password: "correct horse")
        }
        // A password change comes before strangers: one of them gives way.
        let change = Task {
            try await service.accounts.setPassword(user.id, "correct horse", at: service.clock.now)
        }
        await #expect(throws: WorkerPool.Overloaded()) { try await waiting.value }
        await #expect(throws: WorkerPool.Overloaded()) {
            try await service.accounts.setPassword(user.id, "new password", at: service.clock.now)
        }
        held.end()
        #expect(try await change.value != nil)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
    }

    @Test func aFailingStoreIsNoWrongPassword() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.verify(email: "ada@example.org", password: "correct horse")
        }
    }

    @Test func hashesAnewUnderTodaysParametersAtSignIn() async throws {
        let store = HookedStore()
        let old = try TestAccounts(store: store)
        _ = try await old.register("ada@example.org")
        let before = try await old.account("ada@example.org")
        let new = try TestAccounts(store: store, hashing: PasswordHashing(memoryKiB: 16, iterations: 2))
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "wrong one") == nil)
        #expect(try await new.account("ada@example.org") == before)
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
        let after = try await new.account("ada@example.org")
        #expect(after.passwordHash.hasPrefix("$argon2id$v=19$m=16,t=2,p=1$"))
        #expect(after.user == before.user)
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
        #expect(try await new.account("ada@example.org") == after)
    }

    @Test func aRightPasswordStaysRightWhenItsHashCannotBeRenewed() async throws {
        let store = HookedStore()
        let old = try TestAccounts(store: store)
        _ = try await old.register("ada@example.org")
        let before = try await old.account("ada@example.org")
        let new = try TestAccounts(store: store, hashing: PasswordHashing(memoryKiB: 16, iterations: 2))
        store.once(.before(.rehash)) { throw StoreFailure(code: 13, operation: "rehashing") }
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
        #expect(try await new.account("ada@example.org") == before)
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "correct horse") != nil)
        #expect(try await new.account("ada@example.org") != before)
    }

    @Test func aNewHashOfTheOldPasswordDoesNotUndoAChange() async throws {
        let store = HookedStore()
        let old = try TestAccounts(store: store)
        let user = try await old.register("ada@example.org")
        let new = try TestAccounts(store: store, hashing: PasswordHashing(memoryKiB: 16, iterations: 2))
        store.once(.before(.rehash)) {
            _ = try await new.accounts.setPassword(user.id, "new password", at: new.clock.now)
        }
        let verified = try #require(
            try await new.accounts.verify(email: "ada@example.org", password: "correct horse"))
        #expect(try await new.accounts.signIn(verified, at: new.clock.now) == nil)
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "correct horse") == nil)
        #expect(try await new.accounts.verify(email: "ada@example.org", password: "new password") != nil)
    }
}

/// Keeps one thread of a pool busy until told otherwise.
private final class HeldThread: Sendable {
    private let pool: HashGovernor
    private let hasBegun = Atomic(false)
    private let isOver = DispatchSemaphore(value: 0)

    init(_ pool: HashGovernor) {
        self.pool = pool
    }

    func begin() async {
        Task {
            try await pool.run { [self] in
                hasBegun.store(true, ordering: .releasing)
                isOver.wait()
            }
        }
        while !hasBegun.load(ordering: .acquiring) { await Task.yield() }
    }

    func end() {
        isOver.signal()
    }
}
