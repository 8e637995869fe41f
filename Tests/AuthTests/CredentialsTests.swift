import Crypto
import HTTP
import TestSupport
import Testing

@testable import Auth

/// API keys and app passwords: who gets them, what they open, and when they end.
@Suite struct CredentialsTests {
    private let service: TestAccounts
    private let ada: User

    init() async throws {
        service = try TestAccounts()
        ada = try await service.register("ada@example.org")
    }

    // MARK: Keys

    @Test func aKeySignsItsUserIn() async throws {
        let issued = try await service.issue(.apiKey, ada)
        let signedIn = try #require(try service.signedIn(by: issued.secret))
        #expect(signedIn.user == ada)
        #expect(signedIn.scheme == .key && !signedIn.provesOwner)
        #expect(signedIn.session == nil && signedIn.authenticatedAt == nil && !signedIn.isReadOnly)
        let looking = try await service.issue(.apiKey, ada, isReadOnly: true)
        #expect(try service.signedIn(by: looking.secret)?.isReadOnly == true)
    }

    @Test func otherTextsAreNoKeys() async throws {
        for text in ["", "correct horse", "sdk_", String(repeating: "a", count: 55)] {
            #expect(try service.outcome(of: text) == nil)
        }
    }

    @Test func aTypingErrorIsRefusedAndNotCounted() async throws {
        let service = try TestAccounts(limits: RateLimitPolicy())
        let key = APIKey.random().text
        let wrong = String(key.dropLast()) + (key.hasSuffix("0") ? "1" : "0")
        for _ in 0..<1_000 {
            guard case .refused(let refusal) = try service.outcome(of: wrong) else {
                Issue.record("a key with a wrong checksum was not refused")
                return
            }
            #expect(refusal.reason == .malformed && refusal.scheme == .key)
        }
    }

    @Test func aKeyThatWasNeverIssuedOpensNothing() throws {
        #expect(try service.refusal(of: APIKey.random().text) == KeyRefusal(.unknown, nil))
    }

    @Test func aKeyIsGoodForTheAddressOfItsUserAlone() async throws {
        _ = try await service.register("bob@example.org")
        let key = try await service.issue(.apiKey, ada).secret
        for email in ["ada@example.org", " ADA@Example.ORG"] {
            #expect(try service.refusal(of: key, email: email) == nil)
        }
        for email in ["bob@example.org", "", "ada", "nobody@example.org"] {
            #expect(try service.refusal(of: key, email: email) == KeyRefusal(.foreign, ada.id))
        }
    }

    @Test func aKeyEndsAtItsDate() async throws {
        let key = try await service.issue(.apiKey, ada, seconds: 60).secret
        service.clock.advance(by: .milliseconds(59_999))
        #expect(try service.signedIn(by: key) != nil)
        service.clock.advance(by: .milliseconds(1))
        #expect(try service.refusal(of: key) == KeyRefusal(.expired, ada.id))
        // A date goes by the wall clock: set back, it is yet to come.
        service.clock.jumpWall(by: .seconds(-1))
        #expect(try service.signedIn(by: key) != nil)
    }

    @Test func aRevokedKeyOpensNothingAndOthersDo() async throws {
        let (first, second) = (try await service.issue(.apiKey, ada), try await service.issue(.apiKey, ada))
        #expect(try await service.accounts.revoke(.apiKey, first.credential.id, of: ada.id))
        #expect(try service.refusal(of: first.secret) == KeyRefusal(.unknown, nil))
        #expect(try service.signedIn(by: second.secret) != nil)
        #expect(try await !service.accounts.revoke(.apiKey, first.credential.id, of: ada.id))
    }

    @Test func nobodyRevokesWhatIsNotTheirsOrOfAnotherKind() async throws {
        let bob = try await service.register("bob@example.org")
        let issued = try await service.issue(.apiKey, ada)
        #expect(try await !service.accounts.revoke(.apiKey, issued.credential.id, of: bob.id))
        #expect(try await !service.accounts.revoke(.appPassword, issued.credential.id, of: ada.id))
        #expect(try service.signedIn(by: issued.secret) != nil)
    }

    @Test func revokingAllOfAKindLeavesTheOther() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        try await service.issue(.apiKey, ada)
        try await service.issue(.appPassword, ada)
        #expect(try await service.accounts.revokeAll(.apiKey, of: ada.id) == 2)
        #expect(try service.signedIn(by: key) == nil)
        #expect(service.accounts.credentials(.apiKey, of: ada.id).isEmpty)
        #expect(service.accounts.credentials(.appPassword, of: ada.id).count == 1)
    }

    // MARK: Limits

    @Test func oneMoreThanMayBeIsRefusedUntilOneExpires() async throws {
        var policy = AccountPolicy()
        policy.credentials.keysPerUser = 2
        let service = try TestAccounts(policy)
        let ada = try await service.register("ada@example.org")
        let short = try await service.issue(.apiKey, ada, seconds: 60)
        try await service.issue(.apiKey, ada)
        await #expect(throws: Accounts.IssueRefusal.tooMany(2)) { try await service.issue(.apiKey, ada) }
        #expect(service.accounts.credentials(.apiKey, of: ada.id).count == 2)
        service.clock.advance(by: .seconds(60))
        #expect(service.accounts.credentials(.apiKey, of: ada.id).count == 2)
        try await service.issue(.apiKey, ada)
        let left = service.accounts.credentials(.apiKey, of: ada.id).map(\.id)
        #expect(left.count == 2 && !left.contains(short.credential.id))
    }

    @Test func keysThatOpenNothingAreCountedAgainstTheirSourceAlone() async throws {
        var limits = RateLimitPolicy()
        limits.source = Allowance(burst: 3, perHour: 60)
        let service = try TestAccounts(limits: limits)
        let ada = try await service.register("ada@example.org")
        let key = try await service.issue(.apiKey, ada).secret
        for _ in 0..<3 {
            #expect(try service.refusal(of: APIKey.random().text, email: "ada@example.org") != nil)
        }
        #expect(throws: TooManyTries.self) {
            try service.refusal(of: APIKey.random().text, email: "ada@example.org")
        }
        // A key that is right is never refused for the number of others, nor is the owner elsewhere.
        #expect(try service.signedIn(by: key) != nil)
        #expect(try service.outcome(of: APIKey.random().text, from: .v4(1)) != nil)
        let elsewhere = SignInSource(address: .v4(2))
        #expect(
            try await service.accounts.verify(
                email: "ada@example.org", password: "correct horse", from: elsewhere) != nil)
    }

    // MARK: What is known of the user

    @Test func changesOfTheUserAreSeenByTheNextRequest() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        _ = try await service.accounts.rename(ada.id, firstName: "Ada", lastName: nil, at: service.clock.now)
        #expect(try service.signedIn(by: key)?.user.firstName == "Ada")
        _ = try await service.accounts.setAdministrator(ada.id, false, at: service.clock.now)
        #expect(try service.signedIn(by: key)?.user.isAdministrator == false)
        let token = try #require(
            try await service.accounts.requestEmailChange(
                of: ada.id, to: "lovelace@example.org", at: service.clock.now))
        _ = try await service.accounts.confirmEmailChange(
            of: ada.id, token: token.text, at: service.clock.now)
        #expect(try service.refusal(of: key, email: "lovelace@example.org") == nil)
        #expect(try service.refusal(of: key, email: "ada@example.org")?.reason == .foreign)
    }

    @Test func aDisabledUsersCredentialsOpenNothingUntilItIsEnabled() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        let password = try await service.issue(.appPassword, ada).secret
        _ = try await service.accounts.setDisabled(ada.id, true, at: service.clock.now)
        #expect(try service.refusal(of: key) == KeyRefusal(.disabled, ada.id))
        #expect(service.accounts.appPasswords(named: "ada@example.org", at: service.clock.now).isEmpty)
        _ = try await service.accounts.setDisabled(ada.id, false, at: service.clock.now)
        #expect(try service.signedIn(by: key) != nil)
        #expect(
            service.accounts.appPasswords(named: "ada@example.org", at: service.clock.now).map(\.secret)
                == [password])
    }

    @Test func aDeletedUsersCredentialsAreGone() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        try await service.issue(.appPassword, ada)
        #expect(try await service.accounts.delete(ada.id))
        #expect(try service.refusal(of: key) == KeyRefusal(.unknown, nil))
        #expect(service.accounts.appPasswords(named: "ada@example.org", at: service.clock.now).isEmpty)
        #expect(service.accounts.credentials(.apiKey, of: ada.id).isEmpty)
    }

    // MARK: Passwords

    @Test func aPasswordThatItsOwnerChangesLeavesCredentials() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        let account = try await service.account("ada@example.org")
        _ = try #require(
            try await service.accounts.changePassword(of: account, to: "another horse", at: service.clock.now)
        )
        #expect(try service.signedIn(by: key) != nil)
    }

    @Test func aPasswordThatIsResetEndsThemAll() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        try await service.issue(.appPassword, ada)
        let (_, token) = try #require(
            try await service.accounts.makeResetToken(email: "ada@example.org", at: service.clock.now))
        _ = try #require(
            try await service.accounts.resetPassword(
                email: "ada@example.org", token: token.text, password: "another horse",
                at: service.clock.now))
        #expect(try service.signedIn(by: key) == nil)
        #expect(service.accounts.credentials(.appPassword, of: ada.id).isEmpty)
        #expect(try await service.store.loadedCredentials().isEmpty)
    }

    @Test func aPasswordThatTheOperatorSetsEndsThemAll() async throws {
        let key = try await service.issue(.apiKey, ada).secret
        _ = try await service.accounts.setPassword(ada.id, "another horse", at: service.clock.now)
        #expect(try service.signedIn(by: key) == nil)
        #expect(try await service.store.loadedCredentials().isEmpty)
    }
}
