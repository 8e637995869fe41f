import Crypto
import HTTP
import TestSupport
import Testing
import Workers

@testable import Auth

/// Accounts behind limits: who is refused, and who is not.
@Suite struct RateLimitsTests {
    private let service: TestAccounts
    private var accounts: Accounts { service.accounts }
    private let email = "ada@example.org"
    private let attacker = PeerAddress.v4(0x0a00_0001)
    private let owner = PeerAddress.v4(0x0a00_0002)

    /// Three failures of an account at once, five of an address, eight of all.
    init() throws {
        var policy = RateLimitPolicy()
        policy.account = Allowance(burst: 3, perHour: 4, longestDelay: .seconds(900))
        policy.source = Allowance(burst: 5, perHour: 3_600)
        policy.requests = Allowance(burst: 4, perHour: 3_600)
        policy.resets = Allowance(burst: 2, perHour: 60)
        policy.global = Allowance(burst: 8, perHour: 3_600)
        service = try TestAccounts(limits: policy)
    }

    private enum Outcome: Equatable {
        case right, wrong
        case refused(String, Int)
    }

    private func attempt(
        _ email: String = "ada@example.org", _ password: String = "wrong", from address: PeerAddress,
        device: KnownDevice? = nil
    ) async throws -> Outcome {
        do {
            let source = SignInSource(address: address, device: device)
            return try await accounts.verify(email: email, password: password, from: source) == nil
                ? .wrong : .right
        } catch let refusal as TooManyTries {
            return .refused(refusal.limit, refusal.retryAfter)
        }
    }

    private func address(_ number: UInt32) -> PeerAddress { .v4(0x0b00_0000 + number) }

    @Test func anAccountTakesTheBurstFromWhereverItComes() async throws {
        _ = try await service.register(email)
        for number in 1...3 { #expect(try await attempt(from: address(UInt32(number))) == .wrong) }
        #expect(try await attempt(from: address(4)) == .refused("account", 1))
        // Not even the right password, from a stranger: else the answer would tell.
        #expect(try await attempt(email, "correct horse", from: address(5)) == .refused("account", 1))
    }

    @Test func theDelayEndsOnTheMillisecondAndLetsTheOwnerIn() async throws {
        _ = try await service.register(email)
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        service.clock.advance(by: .milliseconds(999))
        #expect(try await attempt(email, "correct horse", from: owner) == .refused("account", 1))
        service.clock.advance(by: .milliseconds(1))
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
    }

    @Test func askingMoreDoesNotMakeTheDelayLonger() async throws {
        _ = try await service.register(email)
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        for number in 10..<200 {
            #expect(try await attempt(from: address(UInt32(number))) == .refused("account", 1))
        }
        service.clock.advance(by: .seconds(1))
        #expect(try await attempt(from: address(300)) == .wrong)
        #expect(try await attempt(from: address(301)) == .refused("account", 2))
    }

    @Test func aDelayIsWallClockProof() async throws {
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        service.clock.jumpWall(by: .seconds(86_400))
        #expect(try await attempt(from: address(4)) == .refused("account", 1))
        service.clock.jumpWall(by: .seconds(-200_000))
        #expect(try await attempt(from: address(4)) == .refused("account", 1))
    }

    @Test func unknownAccountsAreLikeKnownOnes() async throws {
        _ = try await service.register(email)
        for target in [email, "nobody@example.org", "no address at all", ""] {
            var outcomes: [Outcome] = []
            for number in 1...4 { outcomes.append(try await attempt(target, from: address(UInt32(number)))) }
            #expect(outcomes == [.wrong, .wrong, .wrong, .refused("account", 1)], "\(target)")
            service.clock.advance(by: .seconds(60))
        }
    }

    @Test(arguments: [
        " ada@example.org", "ada@example.org \t\n", "ADA@EXAMPLE.ORG", "Ada@Example.Org",
        "\u{3000}ada@example.org",
    ])
    func anotherSpellingIsNoOtherAccount(spelling: String) async throws {
        _ = try await service.register(email)
        #expect(try await attempt(spelling, "correct horse", from: .unknown) == .right)
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        #expect(try await attempt(spelling, from: address(9)) == .refused("account", 1))
    }

    @Test func whatLooksTheSameInUnicodeIsAnotherAccountWithABucketOfItsOwn() async throws {
        _ = try await service.register("\u{e9}@example.org")
        for number in 1...3 { _ = try await attempt("e\u{301}@example.org", from: address(UInt32(number))) }
        #expect(try await attempt("\u{e9}@example.org", "correct horse", from: owner) == .right)
    }

    // MARK: Addresses

    @Test func anAddressTakesItsBurstOverAllAccounts() async throws {
        for number in 1...5 { #expect(try await attempt("a\(number)@b.c", from: attacker) == .wrong) }
        #expect(try await attempt("a6@b.c", from: attacker) == .refused("source", 1))
        #expect(try await attempt("a6@b.c", from: owner) == .wrong)
        service.clock.advance(by: .seconds(1))
        #expect(try await attempt("a7@b.c", from: attacker) == .wrong)
    }

    @Test func aHouseholdOfIPv6IsOneAddress() async throws {
        for number in 1...5 {
            let hopping = PeerAddress.v6(0x2001_0db8_0000_0001, UInt64(number) << 40 | 7)
            #expect(try await attempt("a\(number)@b.c", from: hopping) == .wrong)
        }
        #expect(try await attempt("a6@b.c", from: .v6(0x2001_0db8_0000_0001, 99)) == .refused("source", 1))
        #expect(try await attempt("a6@b.c", from: .v6(0x2001_0db8_0000_0002, 99)) == .wrong)
    }

    @Test(arguments: [PeerAddress.unix, .unknown])
    func whoeverMayBeAProxyIsCountedByAccountAlone(address: PeerAddress) async throws {
        for number in 1...7 { #expect(try await attempt("a\(number)@b.c", from: address) == .wrong) }
        for _ in 1...2 { _ = try await attempt("a1@b.c", from: address) }
        #expect(try await attempt("a1@b.c", from: address) == .refused("global", 1))
    }

    @Test func rightPasswordsAreNeverTooMany() async throws {
        _ = try await service.register(email)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let from = number % 2 == 0 ? attacker : owner
                    let outcome = try await attempt(email, "correct horse", from: from)
                    #expect(outcome == .right)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func parallelWrongOnesGetNoMoreThanTheBurst() async throws {
        _ = try await service.register(email)
        let wrong = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for number in 0..<200 {
                group.addTask { try await attempt(from: address(UInt32(number))) }
            }
            return try await group.reduce(0) { $0 + ($1 == .wrong ? 1 : 0) }
        }
        #expect(wrong == 3)
    }

    @Test func doubtIsNoFailure() async throws {
        _ = try await service.register(email)
        service.store.atEachPlace { place in
            if place == .before(.findAccount) { throw StoreFailure(code: 10, operation: "test") }
        }
        for _ in 0..<20 {
            await #expect(throws: StoreFailure.self) { try await attempt(from: attacker) }
        }
        service.store.atEachPlace(nil)
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
    }

    // MARK: Everybody

    @Test func pastTheGlobalLimitStrangersWaitAndKnownOnesDoNot() async throws {
        let user = try await service.register(email)
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
        for number in 1...8 {
            #expect(try await attempt("a\(number)@b.c", from: address(UInt32(number))) == .wrong)
        }
        #expect(try await attempt("a9@b.c", from: address(9)) == .refused("global", 1))
        #expect(try await attempt(email, "correct horse", from: address(10)) == .refused("global", 1))
        let device = KnownDevice.signedIn(user, at: service.clock.now.wall)
        #expect(try await attempt(email, "correct horse", from: address(10), device: device) == .right)
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
        service.clock.advance(by: .seconds(1))
        #expect(try await attempt("a9@b.c", from: address(9)) == .wrong)
    }

    // MARK: Known devices

    @Test func aKnownDeviceDoesNotFeelWhatOthersDo() async throws {
        let device = KnownDevice.signedIn(try await service.register(email), at: service.clock.now.wall)
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        #expect(try await attempt(email, "correct horse", from: attacker) == .refused("account", 1))
        for _ in 0..<50 {
            #expect(try await attempt(email, "correct horse", from: attacker, device: device) == .right)
        }
        // It has a burst of its own, and no more.
        for _ in 1...3 { #expect(try await attempt(from: owner, device: device) == .wrong) }
        #expect(try await attempt(from: owner, device: device) == .refused("account", 1))
    }

    @Test func anAddressThatARightPasswordCameFromDoesNotFeelItEither() async throws {
        _ = try await service.register(email)
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
        #expect(try await attempt(email, "correct horse", from: attacker) == .refused("account", 1))
        // For this account only.
        for number in 1...3 { _ = try await attempt("eve@b.c", from: address(UInt32(number))) }
        #expect(try await attempt("eve@b.c", from: owner) == .refused("account", 1))
    }

    @Test func whoSharesAnOwnersAddressTriesNoMoreAccountsFromThere() async throws {
        for number in 1...9 {
            _ = try await service.register("a\(number)@b.c")
            #expect(try await attempt("a\(number)@b.c", "correct horse", from: owner) == .right)
        }
        for number in 1...5 { #expect(try await attempt("a\(number)@b.c", from: owner) == .wrong) }
        for number in 6...9 {
            #expect(try await attempt("a\(number)@b.c", from: owner) == .refused("source", 1))
        }
    }

    @Test func aDeviceOfAnOlderPasswordIsAStranger() async throws {
        let user = try await service.register(email)
        let device = KnownDevice.signedIn(user, at: service.clock.now.wall)
        _ = try await accounts.setPassword(user.id, "new password", at: service.clock.now)
        for _ in 1...3 { #expect(try await attempt(from: attacker, device: device) == .wrong) }
        // These counted for the account.
        #expect(try await attempt(from: address(1)) == .refused("account", 1))
    }

    @Test func anAddressOfAnOlderPasswordOrAFormerAccountIsAStranger() async throws {
        let first = try await service.register(email)
        #expect(try await attempt(email, "correct horse", from: attacker) == .right)
        _ = try await accounts.delete(first.id)
        let user = try await service.register(email, "second horse")
        for number in 1...3 { #expect(try await attempt(from: address(UInt32(number))) == .wrong) }
        #expect(try await attempt(from: attacker) == .refused("account", 1))
        service.clock.advance(by: .seconds(3_600))
        #expect(try await attempt(email, "second horse", from: owner) == .right)
        _ = try await accounts.setPassword(user.id, "third horse", at: service.clock.now)
        for number in 4...6 { #expect(try await attempt(from: address(UInt32(number))) == .wrong) }
        #expect(try await attempt(email, "second horse", from: owner) == .refused("account", 1))
    }

    @Test func whoSetsAPasswordKeepsTheAddressKnown() async throws {
        let user = try await service.register(email)
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
        let changed = try #require(
            try await accounts.setPassword(user.id, "second horse", at: service.clock.now))
        accounts.limits.remember(changed, at: owner)
        for number in 1...3 { #expect(try await attempt(from: address(UInt32(number))) == .wrong) }
        #expect(try await attempt(email, "second horse", from: owner) == .right)
    }

    // MARK: Other limits after a reload

    @Test func whatWasCountedUnderWideLimitsDoesNotOutliveThem() async throws {
        var policy = RateLimitPolicy()
        let wide = Allowance(burst: 1_000_000_000, perHour: 1)
        (policy.source, policy.requests, policy.global) = (wide, wide, wide)
        policy.account = wide
        let clock = service.clock
        let counters = RateCounters(buckets: 512)
        func limits(_ policy: RateLimitPolicy) -> RateLimits {
            RateLimits(policy, counters: counters) { clock.now.steady }
        }
        let before = limits(policy)
        for _ in 1...50 {
            #expect(
                try await before.verifying(email, from: SignInSource(address: attacker), failsIf: { $0 }) {
                    true
                })
            try before.registering(from: attacker)
        }
        let narrow = Allowance(burst: 1, perHour: 3_600)
        (policy.source, policy.requests, policy.global) = (narrow, narrow, narrow)
        let after = limits(policy)
        for limit in ["global", "source"] {
            let refusal = await #expect(throws: TooManyTries.self) {
                try await after.verifying(email, from: SignInSource(address: attacker), failsIf: { $0 }) {
                    true
                }
            }
            #expect(refusal?.limit == limit && refusal?.retryAfter ?? .max <= 18)
            clock.advance(by: .seconds(refusal?.retryAfter ?? 0))
        }
        #expect(throws: TooManyTries.self) { try after.registering(from: attacker) }
        clock.advance(by: .seconds(18))
        try after.registering(from: attacker)
    }

    // MARK: Registrations and resets

    @Test func registrationsAreCountedByAddress() throws {
        for _ in 1...4 { try accounts.limits.registering(from: attacker) }
        let refusal = #expect(throws: TooManyTries.self) { try accounts.limits.registering(from: attacker) }
        #expect(refusal?.limit == "requests" && refusal?.quota == 4 && refusal?.window == 4)
        try accounts.limits.registering(from: owner)
        for _ in 1...100 { try accounts.limits.registering(from: .unix) }
    }

    @Test func requestsForAResetAreCountedByAccountAsItIsCompared() throws {
        try accounts.limits.askingReset(" ADA@example.org", from: address(1))
        try accounts.limits.askingReset(email, from: address(2))
        let refusal = #expect(throws: TooManyTries.self) {
            try accounts.limits.askingReset(email, from: address(3))
        }
        #expect(refusal?.limit == "resets" && refusal?.retryAfter == 60)
        try accounts.limits.askingReset("eve@example.org", from: address(3))
    }

    @Test func askingForAResetDelaysNoSignIn() async throws {
        _ = try await service.register(email)
        for number in 1...10 {
            do {
                try accounts.limits.askingReset(email, from: address(UInt32(number)))
            } catch is TooManyTries {
                continue
            }
        }
        #expect(try await attempt(email, "correct horse", from: owner) == .right)
    }

    @Test func wrongResetTokensAreCountedByAddressAndKeepNoOwnerOut() async throws {
        let limits = accounts.limits
        for _ in 1...5 { #expect(try await limits.usingReset(from: attacker) { Int?.none } == nil) }
        await #expect(throws: TooManyTries.self) { try await limits.usingReset(from: attacker) { 1 } }
        for _ in 1...50 { #expect(try await limits.usingReset(from: owner) { 1 } == 1) }
    }

    // MARK: Reload

    @Test func otherLimitsKeepWhatWasCounted() async throws {
        for number in 1...3 { _ = try await attempt(from: address(UInt32(number))) }
        var policy = try #require(accounts.limits.policy)
        policy.source = Allowance(burst: 100, perHour: 1)
        let clock = service.clock
        let reloaded = RateLimits(policy, counters: accounts.limits.counters) { clock.now.steady }
        await #expect(throws: TooManyTries.self) {
            try await reloaded.verifying(email, from: SignInSource(address: owner), failsIf: { $0 }) { true }
        }
        let off = RateLimits(nil, counters: accounts.limits.counters) { clock.now.steady }
        #expect(
            try await off.verifying(email, from: SignInSource(address: owner), failsIf: { $0 }) { true })
    }
}
