import Crypto
import HTTP
import TestSupport
import Testing

@testable import Auth

@Suite struct BearerSchemeTests {
    @Test func namesTheUserAndTheSession() async throws {
        let service = try await TokenService()
        let signedIn = try #require(try await service.outcome(service.issue()).signedIn)
        #expect(signedIn.user.email.text == "ada@example.org")
        #expect(signedIn.scheme == .bearer && !signedIn.isReadOnly)
        #expect(signedIn.session?.id == service.session.id)
        #expect(signedIn.authenticatedAt == service.session.authenticatedAt)
    }

    @Test func countsAsARequestOfItsSession() async throws {
        let service = try await TokenService()
        let token = try service.issue()
        service.service.clock.advance(by: .seconds(30))
        _ = try await service.outcome(token)
        let session = service.service.accounts.sessions.peek(service.session.id, at: service.now.steady)
        #expect(session?.seenAt == service.now.steady)
    }

    @Test(arguments: [TokenPolicy.Verification.checked, .stateless])
    func anEndedSession(verification: TokenPolicy.Verification) async throws {
        let service = try await TokenService { $0.verification = verification }
        let token = try service.issue()
        #expect(try await service.outcome(token).signedIn?.session != nil)
        #expect(try await service.service.accounts.signOut(service.session.id))
        let outcome = try await service.outcome(token)
        if verification == .checked {
            #expect(outcome.refusal?.reason == .token(.sessionEnded))
        } else {
            #expect(outcome.signedIn?.user.id == service.session.userID)
            #expect(outcome.signedIn?.session == nil && outcome.signedIn?.authenticatedAt == nil)
        }
    }

    @Test func statelessKnowsDoubtAndRefusesADisabledOrDeletedUser() async throws {
        let service = try await TokenService { $0.verification = .stateless }
        let (token, accounts) = (try service.issue(), service.service.accounts)
        let user = service.session.userID
        _ = try await accounts.setDisabled(user, true, at: service.now)
        #expect(try await service.outcome(token).refusal?.reason == .token(.unknownUser))
        _ = try await accounts.setDisabled(user, false, at: service.now)
        #expect(try await service.outcome(token).signedIn != nil)
        service.service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.outcome(token) }
        service.service.store.base.failing = false
        _ = try await accounts.delete(user)
        #expect(try await service.outcome(token).refusal?.reason == .token(.unknownUser))
    }

    @Test func whateverEndsASessionEndsItsTokens() async throws {
        let ends: [@Sendable (Accounts, UserID, Moment) async throws -> Void] = [
            { accounts, user, now in _ = try await accounts.setPassword(user, "another horse", at: now) },
            { accounts, user, now in _ = try await accounts.setAdministrator(user, false, at: now) },
            { accounts, user, now in _ = try await accounts.setDisabled(user, true, at: now) },
            { accounts, user, now in _ = try await accounts.delete(user) },
            { accounts, user, now in _ = try await accounts.endSessions(of: user) },
        ]
        for end in ends {
            let service = try await TokenService()
            let token = try service.issue()
            #expect(try await service.outcome(token).signedIn != nil)
            try await end(service.service.accounts, service.session.userID, service.now)
            #expect(try await service.outcome(token).refusal?.reason == .token(.sessionEnded))
        }
    }

    @Test func aSessionOfSomebodyElseIsNoSession() async throws {
        let service = try await TokenService()
        let token = try service.sign(service.payload(sub: "\"\(UserID.random())\""))
        #expect(try await service.outcome(token).refusal?.reason == .token(.sessionEnded))
    }

    /// RFC 6750 §3.
    @Test func tellsWhatIsWrongInItsChallengeAndNothingWithoutAToken() async throws {
        let service = try await TokenService()
        let scheme = BearerScheme(accounts: service.service.accounts, tokens: service.tokens)
        let token = try service.issue()
        #expect(scheme.challenge(after: nil) == #"Bearer realm="sessiond""#)
        #expect(scheme.challenge(after: CredentialRefusal(.basic, .malformed)) == #"Bearer realm="sessiond""#)
        let forged = try await service.outcome(token + "A").refusal
        #expect(
            scheme.challenge(after: forged)
                == #"Bearer realm="sessiond", error="invalid_token", error_description="The access token is not valid""#
        )
        service.service.clock.advance(by: .seconds(600))
        let late = try await service.outcome(token).refusal
        #expect(scheme.challenge(after: late).hasSuffix(#"error_description="The access token expired""#))
    }
}
