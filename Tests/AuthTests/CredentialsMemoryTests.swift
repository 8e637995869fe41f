import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// Memory and disk of credentials: restarts, races, last uses, names.
@Suite struct CredentialsMemoryTests {
    private let service: TestAccounts
    private let ada: User

    init() async throws {
        service = try TestAccounts()
        ada = try await service.register("Ada@Example.org")
    }

    // MARK: Restart

    @Test func credentialsSurviveARestart() async throws {
        let key = try await service.issue(.apiKey, ada, seconds: 60, isReadOnly: true)
        let password = try await service.issue(.appPassword, ada)
        let accounts = try await service.restarted()
        #expect(accounts.credentials(.apiKey, of: ada.id) == [key.credential])
        #expect(accounts.credentials(.appPassword, of: ada.id) == [password.credential])
        let outcome = try APIKeys(accounts: accounts).authenticate(
            Array(key.secret.utf8)[...], from: TestAccounts.address, at: service.clock.now)
        guard case .signedIn(let signedIn) = outcome else {
            Issue.record("the key opens nothing after the restart")
            return
        }
        #expect(signedIn.user == ada && signedIn.isReadOnly)
        #expect(
            accounts.appPasswords(named: "ada@example.org", at: service.clock.now).map(\.secret)
                == [password.secret])
    }

    @Test func anAppPasswordUnderAnotherKeyIsListedAndOpensNothing() async throws {
        try await service.issue(.appPassword, ada)
        let accounts = try Accounts(
            stores: service.store, sessions: SessionMap(render: UserRendering.none), policy: AccountPolicy(),
            hashing: TestAccounts.cheap, hashers: service.hashers, sealing: .random())
        #expect(try await accounts.restoreCredentials() == 1)
        #expect(accounts.credentials(.appPassword, of: ada.id).count == 1)
        #expect(accounts.appPasswords(named: "ada@example.org", at: service.clock.now).isEmpty)
    }

    @Test func anAppPasswordIsSealedForItsOwnRow() async throws {
        let (one, two) = (
            try await service.issue(.appPassword, ada), try await service.issue(.appPassword, ada)
        )
        let stored = try await service.store.loadedCredentials().map(\.stored)
        #expect(stored.allSatisfy { !$0.secret.contains(Array(one.secret.utf8)) })
        // Whoever writes to the file and swaps two rows gains nothing.
        let purpose = AppPassword.purpose(of: two.credential.id)
        #expect(service.accounts.sealing.open(stored[0].secret, for: purpose) == nil)
        #expect(service.accounts.sealing.open(stored[1].secret, for: purpose) == Array(two.secret.utf8))
    }

    // MARK: Failures and races

    @Test func aStoreThatFailsLeavesNoKeyInMemory() async throws {
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.issue(.apiKey, ada) }
        #expect(service.accounts.credentials(.apiKey, of: ada.id).isEmpty)
    }

    @Test func aStoreThatFailsToRevokeLeavesTheKeyAsItWas() async throws {
        let issued = try await service.issue(.apiKey, ada)
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.revoke(.apiKey, issued.credential.id, of: ada.id)
        }
        #expect(try service.signedIn(by: issued.secret) != nil)
    }

    /// What proves the wish is gone before the wish is fulfilled.
    @Test(arguments: ["delete", "disable", "reset", "role"])
    func issuesNothingToWhomAChangeOvertakes(_ change: String) async throws {
        let ada = ada
        service.store.once(.before(.insertCredential)) { [service] in
            switch change {
            case "delete": _ = try await service.accounts.delete(ada.id)
            case "disable": _ = try await service.accounts.setDisabled(ada.id, true, at: service.clock.now)
            case "role": _ = try await service.accounts.setAdministrator(ada.id, false, at: service.clock.now)
            default: _ = try await service.accounts.setPassword(ada.id, "new horse", at: service.clock.now)
            }
        }
        await #expect(throws: Accounts.IssueRefusal.outdated) { try await service.issue(.apiKey, ada) }
        #expect(service.accounts.credentials(.apiKey, of: ada.id).isEmpty)
        #expect(try await service.store.loadedCredentials().isEmpty)
    }

    /// The change is committed after the credential, and comes to memory before the credential is acknowledged.
    @Test(arguments: ["delete", "disable", "reset"])
    func aChangeRightAfterTheCommitFindsTheKey(_ change: String) async throws {
        let ada = ada
        service.store.once(.after(.insertCredential)) { [service] in
            switch change {
            case "delete": _ = try await service.accounts.delete(ada.id)
            case "disable": _ = try await service.accounts.setDisabled(ada.id, true, at: service.clock.now)
            default: _ = try await service.accounts.setPassword(ada.id, "new horse", at: service.clock.now)
            }
        }
        let issued = try await service.issue(.apiKey, ada)
        #expect(try service.signedIn(by: issued.secret) == nil)
    }

    /// Signed in with the new password before the old credentials are out of memory.
    @Test func aResetLeavesWhatItsNewPasswordIssued() async throws {
        let old = try await service.issue(.apiKey, ada)
        let issued = Locked<String?>(nil)
        service.store.once(.after(.setPassword)) { [service] in
            let user = try await service.account("ada@example.org").user
            let new = try await service.issue(.apiKey, user).secret
            issued.withLock { $0 = new }
        }
        _ = try await service.accounts.setPassword(ada.id, "new horse", at: service.clock.now)
        #expect(try service.signedIn(by: old.secret) == nil)
        #expect(try service.signedIn(by: try #require(issued.withLock { $0 })) != nil)
    }

    /// A session that a reset has ended may have passed the filter before.
    @Test func aSessionOfAnOlderPasswordIssuesNothing() async throws {
        let token = try await service.signIn("ada@example.org")
        let now = service.clock.now
        let session = try #require(service.accounts.sessions.find(SessionID(token), at: now.steady))
        _ = try await service.accounts.setPassword(ada.id, "new horse", at: now)
        let today = try await service.account("ada@example.org").user
        let signedIn = SignedIn(UserSnapshot(today), .session, session: session)
        let terms = try #require(CredentialTerms(name: "a"))
        await #expect(throws: Accounts.IssueRefusal.outdated) {
            try await service.accounts.issue(.apiKey, terms, for: signedIn, at: now)
        }
    }

    @Test func usesAndRevocationsFromManyThreadsLeaveNothingBehind() async throws {
        let service = service
        let (ada, now) = (ada, service.clock.now)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let issued = try await service.issue(.apiKey, ada)
                    async let used = service.signedIn(by: issued.secret)
                    let isRevoked = try await service.accounts.revoke(
                        .apiKey, issued.credential.id, of: ada.id)
                    #expect(isRevoked)
                    #expect(try service.signedIn(by: issued.secret) == nil)
                    _ = try await used
                }
                group.addTask {
                    _ = try await service.accounts.rename(ada.id, firstName: "A", lastName: nil, at: now)
                }
            }
            try await group.waitForAll()
        }
        #expect(service.accounts.credentials(.apiKey, of: ada.id).isEmpty)
        #expect(try await service.store.loadedCredentials().isEmpty)
    }

    // MARK: Last use

    @Test func theLastUseIsShownAtOnceAndWrittenOnceAMinute() async throws {
        let issued = try await service.issue(.apiKey, ada)
        #expect(service.accounts.credentials(.apiKey, of: ada.id).first?.lastUsedAt == nil)
        func housekeep() async throws -> Int {
            let used = service.accounts.takeUsedCredentials(at: service.clock.now)
            try await service.accounts.save(used)
            return used.count
        }
        func onDisk() async throws -> WallTime? {
            try await service.store.loadedCredentials().first?.stored.credential.lastUsedAt
        }
        _ = try await housekeep()
        _ = try service.signedIn(by: issued.secret)
        let first = service.clock.now.wall
        #expect(service.accounts.credentials(.apiKey, of: ada.id).first?.lastUsedAt == first)
        service.clock.advance(by: .milliseconds(59_999))
        #expect(try await housekeep() == 0)
        #expect(try await onDisk() == nil)
        service.clock.advance(by: .milliseconds(1))
        for _ in 0..<10 { _ = try service.signedIn(by: issued.secret) }
        #expect(try await housekeep() == 1)
        #expect(try await onDisk() == service.clock.now.wall)
        service.clock.advance(by: .seconds(60))
        #expect(try await housekeep() == 0)
        _ = try service.signedIn(by: issued.secret)
        #expect(service.accounts.takeUsedCredentials(at: nil).count == 1)
    }

    @Test func aLastUseThatCouldNotBeWrittenComesAgain() async throws {
        let issued = try await service.issue(.apiKey, ada)
        _ = try service.signedIn(by: issued.secret)
        let used = service.accounts.takeUsedCredentials(at: nil)
        service.store.base.failing = true
        await #expect(throws: StoreFailure.self) { try await service.accounts.save(used) }
        service.store.base.failing = false
        #expect(service.accounts.takeUsedCredentials(at: nil).map(\.live.id) == [issued.credential.id])
    }

    @Test func aRefusedKeyIsNotUsed() async throws {
        let issued = try await service.issue(.apiKey, ada, seconds: 60)
        service.clock.advance(by: .seconds(60))
        #expect(try service.signedIn(by: issued.secret) == nil)
        #expect(service.accounts.takeUsedCredentials(at: nil).isEmpty)
    }

    // MARK: App passwords by name

    @Test func appPasswordsAreFoundByAddressInWhateverCaseAndByAlias() async throws {
        let map = service.accounts.credentials
        map.setAliases { ["hash of \($0.text)"] }
        let passwords = [
            try await service.issue(.appPassword, ada).secret,
            try await service.issue(.appPassword, ada).secret,
        ]
        try await service.issue(.apiKey, ada)
        func found(_ name: String) -> [String] {
            service.accounts.appPasswords(named: name, at: service.clock.now).map(\.secret)
        }
        for name in ["ada@example.org", "ADA@EXAMPLE.ORG", "hash of Ada@Example.org"] {
            #expect(found(name) == passwords)
        }
        for name in ["", "ada", "bob@example.org", "hash of ada@example.org"] { #expect(found(name) == []) }
        map.setAliases { ["new hash of \($0.key)"] }
        #expect(found("hash of Ada@Example.org") == [])
        #expect(found("new hash of ada@example.org") == passwords)
    }

    @Test func appPasswordsGoWithTheAddress() async throws {
        let map = CredentialMap()
        map.setAliases { ["#" + $0.text] }
        var (ada, bob) = (User.ada(updatedAt: 1), User.ada(updatedAt: 1))
        func insert(_ user: User) {
            map.insert(
                Credential(
                    id: .random(), kind: .appPassword, userID: user.id, name: "a", createdAt: user.createdAt),
                .password("secret of \(user.id)"), of: user, credentialVersion: 1)
        }
        insert(ada)
        ada.email = try #require(EmailAddress("lovelace@example.org"))
        ada.updatedAt = WallTime(milliseconds: 2)
        // Somebody else has the address as soon as it is free; the news of it comes first.
        insert(bob)
        map.update(ada)
        #expect(map.appPasswords(of: "lovelace@example.org").map(\.user.id) == [ada.id])
        #expect(map.appPasswords(of: "#lovelace@example.org").map(\.user.id) == [ada.id])
        #expect(map.appPasswords(of: "ada@example.org").map(\.user.id) == [bob.id])
        #expect(map.appPasswords(of: "#ada@example.org").map(\.user.id) == [bob.id])
        // What is older comes too late.
        bob.email = try #require(EmailAddress("old@example.org"))
        map.update(bob)
        #expect(map.appPasswords(of: "old@example.org").isEmpty)
        map.removeAll(of: ada.id)
        #expect(map.appPasswords(of: "#lovelace@example.org").isEmpty)
    }
}
