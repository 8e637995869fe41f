import Auth
import Testing

extension StoreContract {
    /// Claims about password hashes and `credentialVersion`.
    public static let passwords = [
        StoreClaim("endsSessionsAndTokensWithTheOldPassword") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            let (token, later) = (digest(), start + .seconds(5))
            for owner in [user, user, other] { #expect(try await stores.insert(session(of: owner))) }
            #expect(
                try await stores.insertResetToken(
                    token, for: user.id, sentTo: user.email, expiresAt: start + .seconds(9)))
            let changed = try #require(try await stores.setPassword(user.id, hash: "new", at: later))
            #expect(changed.credentialVersion == 2)
            #expect(changed.updatedAt == later)
            let stored = try await stores.account(id: user.id)
            #expect(stored == Account(user: changed, passwordHash: "new"))
            #expect(try await stores.liveSessions(at: start).map(\.user) == [other])
            #expect(try await !stores.hasResetToken(token, for: user.id, at: start))
        },
        StoreClaim("refusesASessionProvedUnderAnOlderPassword") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let changed = try #require(try await stores.setPassword(user.id, hash: "new", at: start))
            #expect(try await !stores.insert(session(of: user)))
            #expect(try await !stores.insert(session(of: changed, credentialVersion: 3)))
            #expect(try await stores.insert(session(of: changed)))
            #expect(try await stores.liveSessions(at: start).count == 1)
        },
        StoreClaim("replacesAHashWithoutEndingSessions") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await stores.insert(session(of: user)))
            try await stores.rehash(user.id, hash: "same, harder", credentialVersion: 1)
            let stored = try await stores.account(id: user.id)
            #expect(stored == Account(user: user, passwordHash: "same, harder"))
            #expect(try await stores.liveSessions(at: start).count == 1)
        },
        StoreClaim("leavesANewerPasswordAloneWhenRehashingAnOlderOne") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            _ = try await stores.setPassword(user.id, hash: "new", at: start)
            try await stores.rehash(user.id, hash: "old, harder", credentialVersion: 1)
            #expect(try await stores.account(id: user.id)?.passwordHash == "new")
            try await stores.rehash(.random(), hash: "of nobody", credentialVersion: 1)
        },
        StoreClaim("countsEveryOneOfManyParallelPasswordChanges") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let versions = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await stores.setPassword(user.id, hash: "\(number)", at: start)?.credentialVersion
                    }
                }
                var versions: Set<Int64?> = []
                for try await version in group { versions.insert(version) }
                return versions
            }
            #expect(versions == Set((2...51).map(Optional.some)))
        },
    ]
}
