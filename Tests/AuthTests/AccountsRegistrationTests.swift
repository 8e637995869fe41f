import Auth
import Crypto
import TestSupport
import Testing
import Workers

@Suite struct AccountsRegistrationTests {
    private typealias Refusal = Accounts.RegistrationRefusal

    @Test func registersWhatWasGiven() async throws {
        let service = try TestAccounts()
        let user = try await service.accounts.register(
            email: " Ada@Example.org ", password: "correct horse", firstName: "", lastName: "Lovelace",
            at: service.clock.now)
        #expect(user.email.text == "Ada@Example.org")
        #expect(user.firstName == "")
        #expect(user.lastName == "Lovelace")
        #expect(user.createdAt == service.clock.now.wall)
        #expect(user.updatedAt == service.clock.now.wall)
        let account = try await service.account("ada@example.org")
        #expect(account.user == user)
        #expect(account.passwordHash.hasPrefix("$argon2id$"))
    }

    @Test func refusesInTheOrderOfTheContract() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        await #expect(throws: Refusal.notAnAddress) { try await service.register("no address", "x") }
        await #expect(throws: Refusal.addressTaken) { try await service.register("ADA@example.org", "x") }
        await #expect(throws: Refusal.password("password is too short (at least 5 bytes)")) {
            try await service.register("bob@example.org", "four")
        }
        #expect(try await service.accounts.userCount() == 1)
    }

    @Test func hashesNothingForARefusal() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        service.hashers.stop()
        await #expect(throws: Refusal.notAnAddress) { try await service.register("no address") }
        await #expect(throws: Refusal.addressTaken) { try await service.register("ada@example.org") }
        await #expect(throws: Refusal.password("password is too short (at least 5 bytes)")) {
            try await service.register("bob@example.org", "four")
        }
        await #expect(throws: WorkerPool.Overloaded()) { try await service.register("bob@example.org") }
    }

    @Test func refusesAnAddressThatWasTakenWhileThePasswordWasHashed() async throws {
        let service = try TestAccounts()
        service.store.once(.before(.insertAccount)) { _ = try await service.register("ADA@example.org") }
        await #expect(throws: Refusal.addressTaken) { try await service.register("ada@example.org") }
        #expect(try await service.accounts.userCount() == 1)
    }

    @Test func makesTheFirstAccountEverAdministrator() async throws {
        let service = try TestAccounts()
        let first = try await service.register("1@example.org")
        #expect(first.isAdministrator)
        #expect(try await !service.register("2@example.org").isAdministrator)
        #expect(try await service.accounts.delete(first.id))
        #expect(try await !service.register("1@example.org").isAdministrator)
    }

    @Test func makesNobodyAdministratorWhenThePolicySaysSo() async throws {
        var policy = AccountPolicy()
        policy.firstUserIsAdministrator = false
        let service = try TestAccounts(policy)
        #expect(try await !service.register("1@example.org").isAdministrator)
    }

    @Test func aFailingStoreIsNoRefusal() async throws {
        let service = try TestAccounts()
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.register("ada@example.org") }
        service.store.base.failing = false
        #expect(try await service.accounts.userCount() == 0)
    }

    @Test func showsNoHashInDescriptionsAndDumps() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        let new = NewAccount(
            id: .random(), email: account.user.email, firstName: nil, lastName: nil,
            passwordHash: account.passwordHash, createdAt: account.user.createdAt, administratorIfFirst: true)
        var text = "\(account) \(String(reflecting: account)) \([account]) \(new) \(String(reflecting: new))"
        dump(account, to: &text)
        dump(new, to: &text)
        #expect(!text.contains("argon2id"))
    }
}
