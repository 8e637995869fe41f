import Auth
import Crypto
import Testing

extension StoreContract {
    static func credential(
        of user: User, _ kind: Credential.Kind = .apiKey, name: String = "a name",
        createdAt: WallTime = start, expiresAt: WallTime? = nil, isReadOnly: Bool = false
    ) -> StoredCredential {
        StoredCredential(
            credential: Credential(
                id: .random(), kind: kind, userID: user.id, name: name, createdAt: createdAt,
                expiresAt: expiresAt, isReadOnly: isReadOnly),
            secret: SecureRandom.bytes(32))
    }

    /// Claims about API keys and app passwords.
    public static let credentials = [
        StoreClaim("givesBackCredentialsInTheOrderOfIssue") { stores async throws in
            let ada = try #require(try await stores.insert(newAccount("ada@example.org")))
            let bob = try #require(try await stores.insert(newAccount("bob@example.org")))
            var password = credential(of: ada, .appPassword, name: "Wohnzimmer 📺")
            password.secret = SecureRandom.bytes(63)
            let earlier = WallTime(milliseconds: start.milliseconds - 1)
            let issued = [
                credential(of: ada, expiresAt: start + .seconds(1), isReadOnly: true), password,
                credential(of: bob, createdAt: earlier), credential(of: ada, createdAt: earlier),
            ]
            for credential in issued { #expect(try await stores.insert(credential)) }
            let loaded = try await stores.loadedCredentials()
            #expect(loaded.map(\.stored) == issued)
            #expect(loaded.map(\.user) == [ada, ada, bob, ada])
        },
        StoreClaim("storesNoCredentialForNobodyDisabledOrChanged") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            var stranger = user
            stranger.id = .random()
            #expect(try await !stores.insert(credential(of: stranger)))
            #expect(try await !stores.insert(credential(of: user), credentialVersion: 2))
            let disabled = try #require(try await stores.setDisabled(user.id, true, at: start))
            #expect(
                try await !stores.insert(
                    credential(of: user), credentialVersion: disabled.credentialVersion))
            #expect(try await stores.loadedCredentials().isEmpty)
        },
        StoreClaim("countsCredentialsOfEachUserAndKindAlone") { stores async throws in
            let ada = try #require(try await stores.insert(newAccount("ada@example.org")))
            let bob = try #require(try await stores.insert(newAccount("bob@example.org")))
            #expect(try await stores.insert(credential(of: ada), most: 2))
            #expect(try await stores.insert(credential(of: ada), most: 2))
            let third = try await stores.insert(
                credential(of: ada), credentialVersion: 1, mostPerUser: 2)
            #expect(third == .tooMany)
            #expect(try await stores.insert(credential(of: ada, .appPassword), most: 1))
            #expect(try await stores.insert(credential(of: bob), most: 1))
            #expect(try await stores.loadedCredentials().count == 4)
        },
        StoreClaim("makesRoomByWhatHasExpiredAndOnlyThen") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let expired = credential(of: user, expiresAt: start)
            let other = credential(of: user, .appPassword, expiresAt: start)
            let live = credential(of: user, expiresAt: start + .milliseconds(1))
            for credential in [expired, other, live] { #expect(try await stores.insert(credential)) }
            #expect(
                try await stores.insert(credential(of: user), credentialVersion: 1, mostPerUser: 3)
                    == .stored(user, ended: []))
            #expect(
                try await stores.insert(credential(of: user), credentialVersion: 1, mostPerUser: 3)
                    == .stored(user, ended: [expired.credential.id]))
            let left = try await stores.loadedCredentials().map(\.stored)
            #expect(left.count == 4 && left.contains(other) && left.contains(live))
        },
        StoreClaim("deletesACredentialOfItsUserAndKindAlone") { stores async throws in
            let ada = try #require(try await stores.insert(newAccount("ada@example.org")))
            let bob = try #require(try await stores.insert(newAccount("bob@example.org")))
            let (mine, theirs) = (credential(of: ada), credential(of: bob))
            for credential in [mine, theirs] { #expect(try await stores.insert(credential)) }
            #expect(try await !stores.deleteCredential(theirs.credential.id, .apiKey, of: ada.id))
            #expect(try await !stores.deleteCredential(mine.credential.id, .appPassword, of: ada.id))
            #expect(try await stores.deleteCredential(mine.credential.id, .apiKey, of: ada.id))
            #expect(try await !stores.deleteCredential(mine.credential.id, .apiKey, of: ada.id))
            #expect(try await stores.loadedCredentials().map(\.stored) == [theirs])
        },
        StoreClaim("deletesAllCredentialsOfAKind") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (first, second) = (credential(of: user), credential(of: user))
            let password = credential(of: user, .appPassword)
            for credential in [first, second, password] { #expect(try await stores.insert(credential)) }
            let ended = try await stores.deleteCredentials(.apiKey, of: user.id)
            #expect(Set(ended) == [first.credential.id, second.credential.id])
            #expect(try await stores.deleteCredentials(.apiKey, of: user.id) == [])
            #expect(try await stores.loadedCredentials().map(\.stored) == [password])
        },
        StoreClaim("notesTheLastUseOfCredentials") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (used, unused) = (credential(of: user), credential(of: user))
            for credential in [used, unused] { #expect(try await stores.insert(credential)) }
            try await stores.setUsed([(used.credential.id, start + .seconds(5)), (.random(), start)])
            let loaded = try await stores.loadedCredentials().map(\.stored.credential.lastUsedAt)
            #expect(loaded == [start + .seconds(5), nil])
        },
        StoreClaim("endsCredentialsWithAResetAndNotWithAChange") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            #expect(try await stores.insert(credential(of: other)))
            func issueAndCount(_ change: () async throws -> User?) async throws -> Int {
                let version = try await stores.account(id: user.id)?.user.credentialVersion ?? 0
                #expect(
                    try await stores.insert(credential(of: user), credentialVersion: version))
                #expect(try await change() != nil)
                return try await stores.loadedCredentials().count - 1
            }
            let changed = try await issueAndCount {
                try await stores.changePassword(
                    user.id, hash: "new", from: 1, at: start, noticing: false)
            }
            let demoted = try await issueAndCount {
                try await stores.setAdministrator(user.id, false, at: start)
            }
            let token = digest()
            #expect(
                try await stores.insertResetToken(
                    token, for: user.id, sentTo: user.email, expiresAt: start + .seconds(9)))
            let reset = try await issueAndCount {
                try await stores.redeemResetToken(token, for: user.id, passwordHash: "reset", at: start)
            }
            let set = try await issueAndCount {
                try await stores.setPassword(user.id, hash: "set", at: start)
            }
            #expect([changed, demoted, reset, set] == [1, 2, 0, 0])
        },
        StoreClaim("deletesCredentialsWithTheirUser") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await stores.insert(credential(of: user)))
            #expect(try await stores.insert(credential(of: user, .appPassword)))
            #expect(try await stores.delete(user.id))
            #expect(try await stores.loadedCredentials().isEmpty)
        },
    ]
}

extension CredentialStore {
    /// Whether it was stored.
    fileprivate func insert(
        _ credential: StoredCredential, credentialVersion: Int64 = 1, most: Int = 10
    ) async throws -> Bool {
        let outcome = try await insert(
            credential, credentialVersion: credentialVersion, mostPerUser: most)
        if case .stored = outcome { return true } else { return false }
    }
}
