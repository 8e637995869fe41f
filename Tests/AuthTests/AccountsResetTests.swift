import Auth
import Crypto
import TestSupport
import Testing

@Suite struct AccountsResetTests {
    private let service: TestAccounts

    init() async throws {
        service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        _ = try await service.register("bob@example.org")
    }

    private func token(_ email: String = "ada@example.org") async throws -> SecretToken {
        try #require(try await service.accounts.makeResetToken(email: email, at: service.clock.now)).1
    }

    private func reset(
        _ token: String, of email: String = "ada@example.org", to password: String = "new password"
    ) async throws -> User? {
        try await service.accounts.resetPassword(
            email: email, token: token, password: password, at: service.clock.now)
    }

    private func signsIn(_ password: String, as email: String = "ada@example.org") async throws -> Bool {
        try await service.accounts.verify(email: email, password: password) != nil
    }

    @Test func aTokenSetsThePasswordAndEndsTheSessions() async throws {
        let session = try await service.signIn("ada@example.org")
        let bobs = try await service.signIn("bob@example.org")
        let user = try #require(try await reset(token().text, of: " ADA@example.org "))
        #expect(user.email.text == "ada@example.org")
        #expect(try await signsIn("new password"))
        #expect(try await !signsIn("correct horse"))
        #expect(!service.isLive(session))
        #expect(service.isLive(bobs))
        #expect(try await service.stored().map(\.id) == [SessionID(bobs)])
    }

    @Test func aTokenIsGoodOnce() async throws {
        let token = try await token()
        #expect(try await reset(token.text) != nil)
        #expect(try await reset(token.text, to: "another one") == nil)
        #expect(try await signsIn("new password"))
    }

    @Test func aTokenThatWasStoredAfterItsUserWasDisabledIsWorthNothing() async throws {
        let ada = try await service.account("ada@example.org").user
        _ = try await service.accounts.setDisabled(ada.id, true, at: service.clock.now)
        #expect(
            try await service.accounts.makeResetToken(email: "ada@example.org", at: service.clock.now) == nil)
        // Asked for at the same time, and a moment later than that.
        let token = SecretToken.random()
        let expiry = service.clock.now.wall + .seconds(900)
        #expect(
            try await service.store.insertResetToken(
                token.digest, for: ada.id, sentTo: ada.email, expiresAt: expiry))
        #expect(try await reset(token.text) == nil)
        _ = try await service.accounts.setDisabled(ada.id, false, at: service.clock.now)
        #expect(try await signsIn("correct horse"))
    }

    @Test func theNewestTokenReplacesOlderOnes() async throws {
        let (older, newest) = (try await token(), try await token())
        #expect(try await reset(older.text) == nil)
        #expect(try await signsIn("correct horse"))
        #expect(try await reset(newest.text) != nil)
    }

    @Test func aTokenExpiresAtItsMillisecondNotBefore() async throws {
        let (adas, bobs) = (try await token(), try await token("bob@example.org"))
        service.clock.advance(by: .milliseconds(900_000 - 1))
        #expect(try await reset(adas.text) != nil)
        service.clock.advance(by: .milliseconds(1))
        #expect(try await reset(bobs.text, of: "bob@example.org") == nil)
        #expect(try await signsIn("correct horse", as: "bob@example.org"))
    }

    @Test func aTokenIsForNobodyElse() async throws {
        let adas = try await token()
        #expect(try await reset(adas.text, of: "bob@example.org") == nil)
        #expect(try await reset(adas.text, of: "nobody@example.org") == nil)
        #expect(try await reset(adas.text, of: "") == nil)
        #expect(try await signsIn("correct horse", as: "bob@example.org"))
        #expect(try await reset(adas.text) != nil)
    }

    @Test(arguments: ["", "None", "null", "x", String(repeating: "A", count: 43), "' OR 1=1 --", "\0"])
    func noOtherTextIsAToken(_ text: String) async throws {
        #expect(try await reset(text) == nil)
        _ = try await token()
        #expect(try await reset(text) == nil)
        #expect(try await signsIn("correct horse"))
    }

    @Test func aRefusedPasswordLeavesTheTokenGood() async throws {
        let token = try await token()
        for password in ["", "four", String(repeating: "x", count: 257)] {
            await #expect(throws: Accounts.RegistrationRefusal.self) {
                try await reset(token.text, to: password)
            }
        }
        #expect(try await signsIn("correct horse"))
        #expect(try await reset(token.text) != nil)
    }

    /// Whoever has no token learns nothing of the policy either.
    @Test func aRefusedPasswordWithoutATokenIsNoToken() async throws {
        #expect(try await reset(SecretToken.random().text, to: "four") == nil)
    }

    @Test func ofManyParallelUsesOneSucceeds() async throws {
        let token = try await token()
        let winners = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<64 {
                group.addTask {
                    try await reset(token.text, to: "password \(number)") != nil ? "password \(number)" : nil
                }
            }
            var winners: [String] = []
            for try await winner in group { if let winner { winners.append(winner) } }
            return winners
        }
        try #require(winners.count == 1)
        #expect(try await signsIn(winners[0]))
        #expect(try await service.account("ada@example.org").user.credentialVersion == 2)
    }

    @Test func aTokenIsUsedUpByTheTransactionNotByTheLookBefore() async throws {
        let token = try await token()
        service.store.once(.after(.findToken)) { _ = try await reset(token.text, to: "the first one") }
        #expect(try await reset(token.text, to: "the second one") == nil)
        #expect(try await signsIn("the first one"))
    }

    @Test func aPasswordChangeMakesTheTokenUseless() async throws {
        let token = try await token()
        let id = try await service.account("ada@example.org").user.id
        #expect(try await service.accounts.setPassword(id, "changed it", at: service.clock.now) != nil)
        #expect(try await reset(token.text) == nil)
        #expect(try await signsIn("changed it"))
    }

    @Test func thereIsNoTokenForNobody() async throws {
        for email in ["nobody@example.org", "", "no address"] {
            #expect(try await service.accounts.makeResetToken(email: email, at: service.clock.now) == nil)
        }
    }

    @Test func aTokenOfADeletedUserIsNone() async throws {
        let token = try await token()
        #expect(try await service.accounts.delete(try await service.account("ada@example.org").user.id))
        #expect(try await reset(token.text) == nil)
        _ = try await service.register("ada@example.org")
        #expect(try await reset(token.text) == nil)
    }

    @Test func aFailingStoreIsDoubtAndUsesNothingUp() async throws {
        let token = try await token()
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await reset(token.text) }
        await #expect(throws: StoreFailure.self) { try await self.token() }
        service.store.base.failing = false
        service.store.once(.before(.redeemToken)) { throw StoreFailure(code: 13, operation: "full") }
        await #expect(throws: StoreFailure.self) { try await reset(token.text) }
        #expect(try await signsIn("correct horse"))
        #expect(try await reset(token.text) != nil)
    }
}
