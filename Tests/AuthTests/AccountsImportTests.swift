import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

@Suite struct AccountsImportTests {
    /// Of "correct hörse", by passlib.
    static let foreign =
        "$pbkdf2-sha256$10$ynnvPefcWyslpHSu9Z4zZg$7K8Is13ZndNWWAbZpOux0nThUi7WVoqMhdvL1ubk9r0"
    static let password = "correct h\u{f6}rse"

    private func take(
        _ given: [ForeignAccount], isTrial: Bool = false, into service: TestAccounts
    ) async throws -> [ImportOutcome] {
        try await service.accounts.take(given, isTrial: isTrial, at: service.clock.now)
    }

    @Test func theNextSignInMakesAForeignHashOneOfOurs() async throws {
        let service = try TestAccounts()
        let ada = ForeignAccount(email: "Ada@example.org", passwordHash: Self.foreign, firstName: "Ada")
        #expect(try await take([ada], into: service) == [.imported])
        let before = try await service.account("ada@example.org")
        #expect(before.passwordHash == Self.foreign)
        #expect(before.user.firstName == "Ada")
        #expect(!before.user.isAdministrator, "nobody is for being the first")

        #expect(try await service.accounts.verify(email: "ada@example.org", password: "correct horse") == nil)
        #expect(try await service.account("ada@example.org") == before)
        let verified = try await service.accounts.verify(email: "ada@example.org", password: Self.password)
        let after = try await service.account("ada@example.org")
        #expect(verified == after, "what is stored now, so that a race with a role does not undo the sign-in")
        #expect(after.passwordHash.hasPrefix("$argon2id$v=19$m=8,t=1,p=1$"))
        #expect(after.user == before.user)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: Self.password) == after)
    }

    @Test func aHashOfAnotherSpellingWorksAndIsMadeAnew() async throws {
        let service = try TestAccounts()
        let decomposed = "correct ho\u{308}rse"
        let hash = try TestAccounts.cheap.hash(decomposed)
        _ = try await take([ForeignAccount(email: "ada@example.org", passwordHash: hash)], into: service)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: Self.password) == nil)
        #expect(
            try await service.accounts.verify(email: "ada@example.org", password: decomposed + "!") == nil)
        #expect(try await service.account("ada@example.org").passwordHash == hash)
        #expect(try await service.accounts.verify(email: "ada@example.org", password: decomposed) != nil)
        #expect(try await service.account("ada@example.org").passwordHash != hash)
        for spelling in [Self.password, decomposed] {
            #expect(try await service.accounts.verify(email: "ada@example.org", password: spelling) != nil)
        }
    }

    /// Its owner would be kept out with 503 for ever.
    @Test(arguments: [
        (8_192, ImportOutcome.imported),
        (8_193, .refused("the password hash needs more than passwords.memoryBudgetMiB")),
    ])
    func refusesAHashThatDoesNotFitTheBudget(memory: Int, outcome: ImportOutcome) async throws {
        let hashers = HashGovernor(
            name: "hash", threads: 1, capacity: 10, limits: .init(memory: 8_192, patience: 1), clock: { 0 })
        let service = try TestAccounts(hashers: hashers)
        let hash = try PasswordHashing(memoryKiB: memory, iterations: 1).hash(Self.password)
        let given = [ForeignAccount(email: "ada@example.org", passwordHash: hash)]
        #expect(try await take(given, into: service) == [outcome])
    }

    @Test func saysWhatBecameOfEach() async throws {
        let service = try TestAccounts()
        _ = try await service.register("here@example.org")
        let given = [
            ForeignAccount(email: "new@example.org", passwordHash: Self.foreign, isAdministrator: true),
            ForeignAccount(email: "HERE@example.org", passwordHash: Self.foreign),
            ForeignAccount(email: Self.foreign, passwordHash: "new@example.org"),
            ForeignAccount(email: "plain@example.org", passwordHash: "hunter2"),
            ForeignAccount(email: "NEW@example.org", passwordHash: Self.foreign),
            ForeignAccount(
                email: "dear@example.org",
                passwordHash: "$pbkdf2$5000001$VCqF8N57TyklxNi7934PgQ$bD4nTuRQ7Jl5HoKHIgR5aq0L5UY"),
        ]
        let refusals: [ImportOutcome] = [
            .refused("not an email address"), .refused("not a password hash of a known kind"),
        ]
        let costly = ImportOutcome.refused("the password hash costs too much to verify")
        let trial = try await take(given, isTrial: true, into: service)
        #expect(trial == [.imported, .exists] + refusals + [.imported, costly])
        #expect(try await service.accounts.userCount() == 1)
        let outcomes = try await take(given, into: service)
        #expect(outcomes == [.imported, .exists] + refusals + [.exists, costly])
        #expect(
            try await service.accounts.users().map(\.email.text) == ["here@example.org", "new@example.org"])
        #expect(try await service.account("new@example.org").user.isAdministrator)
        #expect(try await take(given, into: service).allSatisfy { $0 != .imported })
    }

    @Test func aStoreThatFailsTakesNobody() async throws {
        let service = try TestAccounts()
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await take(
                [ForeignAccount(email: "a@example.org", passwordHash: Self.foreign)], into: service)
        }
        service.store.base.failing = false
        #expect(try await service.accounts.userCount() == 0)
    }

    @Test func showsNoHash() {
        let account = ForeignAccount(email: "ada@example.org", passwordHash: Self.foreign)
        var dumped = ""
        dump(account, to: &dumped)
        for text in [String(describing: account), String(reflecting: account), dumped] {
            #expect(!text.contains("pbkdf2"))
        }
    }

    @Test func aPasswordChangeRefusesTheOwnAddressAndCommonOnes() async throws {
        let service = try TestAccounts()
        let user = try await service.register("grace.hopper@example.org")
        for password in ["Grace.Hopper", "password1"] {
            await #expect(throws: Accounts.RegistrationRefusal.self) {
                try await service.accounts.setPassword(user.id, password, at: service.clock.now)
            }
            await #expect(throws: Accounts.RegistrationRefusal.self) {
                try await service.register("x@example.org", "password1")
            }
            let (_, token) = try #require(
                try await service.accounts.makeResetToken(email: user.email.text, at: service.clock.now))
            await #expect(throws: Accounts.RegistrationRefusal.self) {
                try await service.accounts.resetPassword(
                    email: user.email.text, token: token.text, password: password, at: service.clock.now)
            }
        }
    }
}
