import Crypto
import FoundationEssentials
import HTTP
import TestSupport
import Testing
import Workers

@testable import Auth

/// Passwords of Basic that need no second hash.
@Suite struct VerifiedPasswordsTests {
    private let service: TestAccounts
    private let ada: User
    /// How often the store was asked for an account: what a verification begins with.
    private let verifications = Monitor(0)

    init() async throws {
        service = try TestAccounts()
        ada = try await service.register("ada@example.org")
        count()
    }

    private func count() {
        let verifications = verifications
        service.store.atEachPlace { place in
            if place == .before(.findAccount) { verifications.withLock { $0 += 1 } }
        }
    }

    private var verified: VerifiedPasswords { service.accounts.memory.passwords }

    private func field(_ user: String, _ password: String) throws -> AuthorizationField {
        let text = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        return try #require(AuthorizationField(Array(text.utf8)[...]))
    }

    private func signIn(
        _ password: String = "correct horse", as user: String = "ada@example.org",
        from address: PeerAddress = .unknown
    ) async throws -> SignedIn? {
        let outcome = try await BasicScheme(accounts: service.accounts).authenticate(
            try field(user, password), from: address, at: service.clock.now)
        if case .signedIn(let signedIn) = outcome { return signedIn } else { return nil }
    }

    /// Whether the next request with the right password is verified anew.
    private func isVerified(_ password: String = "correct horse") async throws -> Bool {
        let before = verifications.withLock { $0 }
        #expect(try await signIn(password) != nil)
        return verifications.withLock { $0 } > before
    }

    @Test func aPasswordIsVerifiedOnce() async throws {
        #expect(try await isVerified())
        #expect(try await !isVerified())
        let again = try #require(try await signIn())
        #expect(again.user.id == ada.id && again.scheme == .basic && again.rendering != nil)
        #expect(again.isContinued)
        // It was given with this very request.
        #expect(again.authenticatedAt == service.clock.now.steady)
    }

    @Test func itCountsUntilItsTimeIsOverAndNoLonger() async throws {
        _ = try await signIn()
        service.clock.advance(by: .milliseconds(300_000 - 1))
        #expect(try await !isVerified())
        service.clock.advance(by: .milliseconds(1))
        #expect(try await isVerified())
        #expect(try await !isVerified())
    }

    @Test func aUseDoesNotProlongIt() async throws {
        _ = try await signIn()
        service.clock.advance(by: .seconds(200))
        #expect(try await !isVerified())
        service.clock.advance(by: .seconds(100))
        #expect(try await isVerified())
    }

    @Test func refusalsAreNotKept() async throws {
        for _ in 0..<3 {
            #expect(try await signIn("wrong") == nil)
            #expect(try await signIn(as: "nobody@example.org") == nil)
        }
        #expect(verified.count == 0)
        #expect(try await isVerified())
    }

    @Test func nothingElseIsTakenForIt() async throws {
        _ = try await signIn()
        for (user, password) in [
            ("ada@example.org", "correct horse "), ("ada@example.org", "correct hors"),
            ("ada@example.org", "Correct horse"), ("bob@example.org", "correct horse"), ("", "correct horse"),
            ("ada@example.org", ""), ("ada@example.org:correct", " horse"),
        ] {
            #expect(try await signIn(password, as: user) == nil)
        }
    }

    @Test func anotherSpellingOfTheAddressIsVerifiedByItself() async throws {
        _ = try await signIn()
        let before = verifications.withLock { $0 }
        #expect(try await signIn(as: "ADA@Example.ORG")?.user.id == ada.id)
        #expect(verifications.withLock { $0 } > before)
        #expect(verified.count == 2)
    }

    @Test func fromElsewhereItIsVerifiedByItself() async throws {
        let home = PeerAddress.v6(7, 1)
        func verifications(from address: PeerAddress) async throws -> Int {
            let before = self.verifications.withLock { $0 }
            #expect(try await signIn(from: address) != nil)
            return self.verifications.withLock { $0 } - before
        }
        for address in [home, .v6(8, 1), .v4(7), .unix, .unknown] {
            #expect(try await verifications(from: address) > 0, "\(address)")
            #expect(try await verifications(from: address) == 0, "\(address)")
        }
        // Of one household.
        #expect(try await verifications(from: .v6(7, 2)) == 0)
    }

    @Test func withoutALifetimeNothingIsKept() async throws {
        _ = try await signIn()
        verified.setLimits(lifetime: .zero, capacity: 100)
        #expect(verified.count == 0)
        #expect(try await isVerified())
        #expect(try await isVerified())
        #expect(verified.count == 0)
    }

    /// What can happen to an account, and whether its password is right afterwards.
    enum Change: CaseIterable {
        case password, own, reset, rights, disabled, name, address, deleted
    }

    private func make(_ change: Change) async throws {
        let (accounts, now) = (service.accounts, service.clock.now)
        switch change {
        case .password: _ = try await accounts.setPassword(ada.id, "another horse", at: now)
        case .own:
            let account = try await service.account("ada@example.org")
            _ = try await accounts.changePassword(of: account, to: "another horse", at: now)
        case .reset:
            let (_, token) = try #require(
                try await accounts.makeResetToken(email: "ada@example.org", at: now))
            _ = try await accounts.resetPassword(
                email: "ada@example.org", token: token.text, password: "another horse", at: now)
        case .rights: _ = try await accounts.setAdministrator(ada.id, !ada.isAdministrator, at: now)
        case .disabled: _ = try await accounts.setDisabled(ada.id, true, at: now)
        case .name: _ = try await accounts.rename(ada.id, firstName: "Ada", lastName: nil, at: now)
        case .address:
            let token = try await accounts.requestEmailChange(of: ada.id, to: "ada@example.net", at: now)
            _ = try await accounts.confirmEmailChange(of: ada.id, token: try #require(token).text, at: now)
        case .deleted: _ = try await accounts.delete(ada.id)
        }
    }

    private func isRight(after change: Change) -> Bool { [.rights, .name].contains(change) }

    @Test(arguments: Change.allCases)
    func aChangeCountsFromTheNextRequestOn(_ change: Change) async throws {
        _ = try await signIn()
        service.clock.advance(by: .milliseconds(1))
        try await make(change)
        #expect(verified.count == 0)
        let after = try await signIn()
        #expect((after != nil) == isRight(after: change))
        if change == .name { #expect(after?.user.firstName == "Ada") }
        if change == .rights { #expect(after?.user.isAdministrator != ada.isAdministrator) }
    }

    /// The account is read, changed, and then its password verified: by what it was.
    @Test(arguments: Change.allCases)
    func aVerificationDuringAChangeIsNotKept(_ change: Change) async throws {
        let service = service
        service.store.once(.after(.findAccount)) { [self] in
            service.clock.advance(by: .milliseconds(1))
            try await make(change)
        }
        _ = try await signIn()
        #expect(verified.count == 0)
        #expect((try await signIn() != nil) == isRight(after: change))
    }

    /// Hashing may take seconds: who was disabled, or lost a right, meanwhile has no use of what was read before.
    @Test(arguments: Change.allCases)
    func aVerificationDuringAChangeCountsForWhatIsLeft(_ change: Change) async throws {
        let service = service
        service.store.once(.after(.findAccount)) { [self] in
            service.clock.advance(by: .milliseconds(1))
            try await make(change)
        }
        let during = try await signIn()
        #expect((during != nil) == ([.rights, .name].contains(change)))
        if change == .name { #expect(during?.user.firstName == "Ada") }
        if change == .rights { #expect(during?.user.isAdministrator != ada.isAdministrator) }
    }

    @Test func somebodyElsesChangeDoesNotDropIt() async throws {
        let bob = try await service.register("bob@example.org")
        _ = try await signIn()
        let accounts = service.accounts
        let clock = service.clock
        service.store.once(.after(.findAccount)) {
            _ = try await accounts.setPassword(bob.id, "another horse", at: clock.now)
        }
        #expect(try await signIn(as: "ADA@example.org") != nil)
        #expect(verified.count == 2)
    }

    @Test func anOldPasswordIsRefusedTheNextTimeAThousandTimes() async throws {
        var password = "correct horse"
        for round in 0..<1_000 {
            #expect(try await signIn(password) != nil)
            #expect(try await signIn(password)?.isContinued == true)
            let next = "horse number \(round)"
            service.clock.advance(by: .milliseconds(1))
            _ = try await service.accounts.setPassword(ada.id, next, at: service.clock.now)
            #expect(try await signIn(password) == nil)
            password = next
        }
    }

    @Test func passwordsChangedWhileOthersSignInAreNeverGoodAgain() async throws {
        let ada = ada
        let service = service
        let scheme = BasicScheme(accounts: service.accounts)
        for round in 0..<50 {
            let (old, new) = ("horse number \(round)", "horse number \(round + 1)")
            service.clock.advance(by: .milliseconds(1))
            _ = try await service.accounts.setPassword(ada.id, old, at: service.clock.now)
            let shown = try field("ada@example.org", old)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        _ = try await scheme.authenticate(shown, from: .unknown, at: service.clock.now)
                    }
                }
                group.addTask {
                    _ = try await service.accounts.setPassword(ada.id, new, at: service.clock.now)
                }
                try await group.waitForAll()
            }
            #expect(try await signIn(old) == nil)
            #expect(try await signIn(new) != nil)
        }
    }
}

/// Whoever has used up a limit must not learn from what is remembered that a guess is right.
@Suite struct VerifiedPasswordsLimitsTests {
    private func outcome(
        _ user: String, _ password: String, from address: PeerAddress, in service: TestAccounts
    ) async throws -> SchemeOutcome {
        let text = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        let field = try #require(AuthorizationField(Array(text.utf8)[...]))
        return try await BasicScheme(accounts: service.accounts).authenticate(
            field, from: address, at: service.clock.now)
    }

    /// `guesses` at accounts that nobody has use up the limit of `address`, and none of Ada's.
    private func rightGuess(
        _ limits: RateLimitPolicy, from address: PeerAddress, after guesses: Int
    ) async throws -> SchemeOutcome {
        let service = try TestAccounts(limits: limits)
        _ = try await service.register("ada@example.org")
        _ = try await outcome("ada@example.org", "correct horse", from: address, in: service)
        for number in 0..<guesses {
            _ = try await outcome("\(number)@example.org", "guess", from: address, in: service)
        }
        return try await outcome("ada@example.org", "correct horse", from: address, in: service)
    }

    @Test(arguments: [PeerAddress.v4(1), .v6(7, 1)])
    func thatOfTheAddressHoldsForWhatIsRemembered(_ address: PeerAddress) async throws {
        var limits = RateLimitPolicy()
        limits.source = Allowance(burst: 3, perHour: 60)
        guard case .signedIn = try await rightGuess(limits, from: address, after: 2) else {
            Issue.record("refused before the limit was used up")
            return
        }
        await #expect(throws: TooManyTries.self) { try await rightGuess(limits, from: address, after: 3) }
    }

    /// Behind a socket, where no address is known.
    @Test func thatOfAllHoldsForWhatIsRemembered() async throws {
        var limits = RateLimitPolicy()
        limits.global = Allowance(burst: 3, perHour: 60)
        guard case .signedIn = try await rightGuess(limits, from: .unix, after: 2) else {
            Issue.record("refused before the limit was used up")
            return
        }
        await #expect(throws: TooManyTries.self) { try await rightGuess(limits, from: .unix, after: 3) }
    }
}

@Suite struct VerifiedTableTests {
    private func name(_ number: UInt64) -> Digest { Digest(words: (number, 0, 0, 0)) }

    private func entry(_ number: UInt64, of user: User = .ada()) -> VerifiedTable.Entry {
        VerifiedTable.Entry(
            name: name(number), snapshot: UserSnapshot(user), place: 0,
            verifiedAt: SteadyTime(milliseconds: 0))
    }

    private func has(_ number: UInt64, _ table: inout VerifiedTable) -> Bool {
        table.find(name(number), at: SteadyTime(milliseconds: 1), 10) != nil
    }

    @Test func aFullTableKeepsWhatIsAskedFor() {
        var table = VerifiedTable()
        for number in 0..<4 { table.insert(entry(UInt64(number)), capacity: 4) }
        #expect(has(0, &table) && has(2, &table))
        for number in 4..<6 { table.insert(entry(UInt64(number)), capacity: 4) }
        #expect(table.count == 4)
        #expect(has(0, &table) && has(2, &table) && has(4, &table) && has(5, &table))
        #expect(!has(1, &table) && !has(3, &table))
    }

    @Test func itNeverGrowsPastItsCapacity() {
        var table = VerifiedTable()
        for number in 0..<1_000 {
            table.insert(entry(UInt64(number)), capacity: 7)
            if number % 3 == 0 { #expect(has(UInt64(number), &table)) }
            #expect(table.count == min(7, number + 1))
            #expect(has(UInt64(number), &table))
        }
    }

    @Test func aUserGoesWithAllThatIsTheirs() {
        var table = VerifiedTable()
        let (ada, bob) = (User.ada(), User.ada())
        for number in 0..<9 {
            table.insert(entry(UInt64(number), of: number % 3 == 1 ? bob : ada), capacity: 16)
        }
        table.removeAll(of: ada.id)
        #expect(table.count == 3)
        for number in 0..<9 { #expect(has(UInt64(number), &table) == (number % 3 == 1)) }
    }
}
