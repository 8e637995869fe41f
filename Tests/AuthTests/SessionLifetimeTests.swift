import Crypto
import TestSupport
import Testing

@testable import Auth

/// Idle timeouts, and the limits of remembered sessions.
@Suite struct SessionLifetimeTests {
    private let service: TestAccounts
    private let token: SecretToken
    private let remembered: SecretToken

    /// An ordinary session of an hour, a minute idle, and a remembered one of a day, an hour idle.
    init() async throws {
        var policy = AccountPolicy()
        policy.sessions = SessionPolicy(
            lifetime: .seconds(3_600), idleTimeout: .seconds(60), rememberedLifetime: .seconds(86_400),
            rememberedIdleTimeout: .seconds(3_600))
        service = try TestAccounts(policy)
        _ = try await service.register("ada@example.org")
        token = try await service.signIn("ada@example.org")
        remembered = try await service.signIn(
            "ada@example.org", "correct horse", SignInTerms(isRemembered: true))
    }

    private func check(_ token: SecretToken) -> Bool {
        service.accounts.sessions.find(SessionID(token), at: service.clock.now.steady) != nil
    }

    @Test func endsAtItsIdleTimeoutNotBefore() {
        service.clock.advance(by: .milliseconds(59_999))
        #expect(service.isLive(token))
        service.clock.advance(by: .milliseconds(1))
        #expect(!service.isLive(token))
        service.clock.advance(by: .milliseconds(1))
        #expect(!service.isLive(token))
    }

    @Test func aCheckAtTheLastMillisecondPutsItOff() {
        service.clock.advance(by: .milliseconds(59_999))
        #expect(check(token))
        service.clock.advance(by: .milliseconds(59_999))
        #expect(service.isLive(token))
        service.clock.advance(by: .milliseconds(1))
        #expect(!service.isLive(token))
    }

    @Test func aCheckAMillisecondLaterBringsNothingBack() {
        service.clock.advance(by: .seconds(60))
        #expect(!check(token))
        #expect(!check(token))
        #expect(!service.isLive(token))
    }

    @Test func aLookThatIsNoRequestDoesNotPutItOff() async throws {
        service.clock.advance(by: .seconds(59))
        #expect(service.isLive(token))
        let id = try await service.account("ada@example.org").user.id
        #expect(try await service.accounts.sessions(of: id, at: service.clock.now).count == 2)
        service.clock.advance(by: .seconds(1))
        #expect(!service.isLive(token))
        #expect(try await service.accounts.sessions(of: id, at: service.clock.now).count == 1)
    }

    /// Requests on several loops may arrive in another order than they were read in.
    @Test func aCheckOfAnEarlierTimeBringsTheEndNoNearer() {
        let start = service.clock.now.steady
        let sessions = service.accounts.sessions
        #expect(sessions.find(SessionID(token), at: start + .seconds(50)) != nil)
        #expect(sessions.find(SessionID(token), at: start + .seconds(10)) != nil)
        #expect(sessions.peek(SessionID(token), at: start + .milliseconds(109_999)) != nil)
        #expect(sessions.peek(SessionID(token), at: start + .seconds(110)) == nil)
    }

    @Test func noCheckPutsTheAbsoluteEndOff() {
        for _ in 0..<119 {
            service.clock.advance(by: .seconds(30))
            #expect(check(token))
        }
        service.clock.advance(by: .milliseconds(29_999))
        #expect(check(token))
        service.clock.advance(by: .milliseconds(1))
        #expect(!check(token))
    }

    @Test func aRememberedOneHasItsOwnLimits() {
        service.clock.advance(by: .milliseconds(3_599_999))
        #expect(!service.isLive(token))
        for _ in 0..<23 {
            #expect(check(remembered))
            service.clock.advance(by: .milliseconds(3_599_999))
        }
        #expect(check(remembered))
        service.clock.advance(by: .milliseconds(23))
        #expect(check(remembered))
        service.clock.advance(by: .milliseconds(1))
        #expect(!check(remembered))
    }

    @Test func aRememberedOneIdlesOutAtItsOwnTimeout() {
        service.clock.advance(by: .milliseconds(3_599_999))
        #expect(service.isLive(remembered))
        service.clock.advance(by: .milliseconds(1))
        #expect(!service.isLive(remembered))
    }

    @Test func onlyARememberedOneIsKeptByTheClient() async throws {
        let account = try await service.account("ada@example.org")
        for isRemembered in [true, false] {
            let terms = SignInTerms(isRemembered: isRemembered)
            let issued = try await service.accounts.signIn(account, terms, at: service.clock.now)
            #expect(try #require(issued).keepFor == (isRemembered ? .seconds(86_400) : nil))
        }
    }

    @Test func tellsWhenItEnds() throws {
        let sessions = service.accounts.sessions
        let start = service.clock.now.steady
        #expect(
            sessions.expiry(of: try #require(sessions.peek(SessionID(token), at: start)))
                == start + .seconds(60))
        #expect(sessions.find(SessionID(token), at: start + .seconds(5)) != nil)
        #expect(
            sessions.expiry(of: try #require(sessions.peek(SessionID(token), at: start)))
                == start + .seconds(65))
    }

    @Test func withoutLimitsItNeverEnds() async throws {
        let endless = try TestAccounts(.sessions(durable: false, lifetime: nil))
        _ = try await endless.register("ada@example.org")
        let id = SessionID(try await endless.signIn("ada@example.org"))
        let session = try #require(endless.accounts.sessions.find(id, at: endless.clock.now.steady))
        #expect(endless.accounts.sessions.expiry(of: session) == nil)
    }
}
