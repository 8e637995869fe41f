import Crypto
import TestSupport
import Testing
import Workers

@testable import Auth

/// What happens while something else happens.
@Suite struct AccountsRacesTests {
    private func change(_ service: TestAccounts, _ user: UserID, to password: String) async throws {
        service.clock.advance(by: .milliseconds(1))
        #expect(try await service.accounts.setPassword(user, password, at: service.clock.now) != nil)
    }

    @Test(arguments: [true, false])
    func aSignInVerifiedBeforeAChangeIsNone(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        try await change(service, user.id, to: "new password")
        #expect(try await service.accounts.signIn(account, at: service.clock.now) == nil)
        #expect(service.accounts.sessions.count == 0)
        #expect(try await service.stored().isEmpty)
    }

    @Test(arguments: [HookedStore.Place.before(.insertSession), .after(.insertSession)])
    func aChangeInTheMiddleOfASignInEndsIt(at place: HookedStore.Place) async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(place) { try await change(service, user.id, to: "new password") }
        let token = try await service.accounts.signIn(account, at: service.clock.now)
        if let token { #expect(!service.isLive(token.token)) }
        #expect(service.accounts.sessions.count == 0)
        #expect(try await service.stored().isEmpty)
    }

    @Test(arguments: [HookedStore.Place.before(.findAccount), .after(.findAccount)])
    func aChangeInTheMiddleOfASignInEndsItInMemoryToo(at place: HookedStore.Place) async throws {
        let service = try TestAccounts(.sessions(durable: false))
        let user = try await service.register("ada@example.org")
        let account = try await service.account("ada@example.org")
        service.store.once(place) { try await change(service, user.id, to: "new password") }
        let token = try await service.accounts.signIn(account, at: service.clock.now)
        if let token { #expect(!service.isLive(token.token)) }
        #expect(service.accounts.sessions.count == 0)
    }

    /// The change is stored, its sessions are not ended yet, and somebody knows the new password already.
    @Test(arguments: [true, false])
    func aSignInWithTheNewPasswordOutlivesTheChange(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let old = try await service.signIn("ada@example.org")
        let new = Monitor<SecretToken?>(nil)
        service.store.once(.after(.setPassword)) {
            let token = try await service.signIn("ada@example.org", "new password")
            new.withLock { $0 = token }
        }
        try await change(service, user.id, to: "new password")
        let token = try #require(new.withLock { $0 })
        #expect(service.isLive(token))
        #expect(!service.isLive(old))
        #expect(service.accounts.sessions.count == 1)
    }

    @Test(arguments: [true, false])
    func rightsTakenAwayWhileThePasswordWasHashedAreGone(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let boss = try await service.register("boss@example.org")
        let account = try await service.account("boss@example.org")
        #expect(account.user.isAdministrator)
        service.clock.advance(by: .milliseconds(1))
        _ = try await service.accounts.setAdministrator(boss.id, false, at: service.clock.now)
        let token = try #require(try await service.accounts.signIn(account, at: service.clock.now))
        let session = service.accounts.sessions.find(SessionID(token.token), at: service.clock.now.steady)
        #expect(session?.user.current(UserRendering.none).user.isAdministrator == false)
    }

    @Test(arguments: [HookedStore.Place.before(.insertSession), .after(.insertSession)])
    func rightsTakenAwayInTheMiddleOfASignInAreGone(at place: HookedStore.Place) async throws {
        let service = try TestAccounts()
        let boss = try await service.register("boss@example.org")
        let account = try await service.account("boss@example.org")
        service.clock.advance(by: .milliseconds(1))
        service.store.once(place) {
            _ = try await service.accounts.setAdministrator(boss.id, false, at: service.clock.now)
        }
        let token = try #require(try await service.accounts.signIn(account, at: service.clock.now))
        let session = service.accounts.sessions.find(SessionID(token.token), at: service.clock.now.steady)
        // Either it began with the fewer rights, or it ended with the others.
        #expect(session?.user.current(UserRendering.none).user.isAdministrator != true)
        #expect(service.isLive(token.token) == (place == .before(.insertSession)))
    }

    /// 1,000 times: a sign-in whose password was verified, and a change of that password, at the same time.
    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func noSignInOutlivesAThousandChanges(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        let user = try await service.register("ada@example.org")
        let pauses = Monitor(SplitMix(seed: 3))
        service.store.atEachPlace { _ in
            let pause = pauses.withLock { Int.random(in: 0..<4, using: &$0) }
            for _ in 0..<pause { await Task.yield() }
        }
        for round in 0..<1_000 {
            let account = try await service.account("ada@example.org")
            let now = service.clock.now
            async let first = service.accounts.signIn(account, at: now)
            async let changed = service.accounts.setPassword(user.id, "password \(round)", at: now)
            async let second = service.accounts.signIn(account, at: now)
            let (tokens, newer) = (try await [first, second], try await changed)
            #expect(newer?.credentialVersion == account.user.credentialVersion + 1)
            for token in tokens {
                if let token { #expect(!service.isLive(token.token), "round \(round)") }
            }
            #expect(service.accounts.sessions.count == 0)
        }
        #expect(try await service.stored().isEmpty)
    }

    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func noSignInOutlivesItsUser(durable: Bool) async throws {
        let service = try TestAccounts(.sessions(durable: durable))
        for round in 0..<300 {
            let user = try await service.register("\(round)@example.org")
            let account = try await service.account("\(round)@example.org")
            let now = service.clock.now
            async let signedIn = service.accounts.signIn(account, at: now)
            async let deleted = service.accounts.delete(user.id)
            let token = try await signedIn
            #expect(try await deleted)
            if let token { #expect(!service.isLive(token.token)) }
            #expect(service.accounts.sessions.count == 0)
        }
        #expect(try await service.stored().isEmpty)
    }

    @Test func ofManySignOutsOfOneSessionOneEndsIt() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        let token = try await service.signIn("ada@example.org")
        let ended = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<64 { group.addTask { try await service.accounts.signOut(SessionID(token)) } }
            var ended = 0
            for try await isEnd in group where isEnd { ended += 1 }
            return ended
        }
        #expect(ended == 1)
    }
}
