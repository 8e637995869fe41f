import Auth
import Crypto
import Testing

extension StoreContract {
    static func digest() -> Digest { SecretToken.random().digest }

    private static let end = start + .seconds(900)

    /// Claims about password-reset tokens.
    public static let resetTokens = [
        StoreClaim("redeemsATokenOnceAndSetsThePassword") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let token = digest()
            #expect(try await stores.insert(session(of: user)))
            #expect(
                try await stores.insertResetToken(token, for: user.id, sentTo: user.email, expiresAt: end))
            #expect(try await stores.hasResetToken(token, for: user.id, at: start))
            #expect(try await stores.hasResetToken(token, for: user.id, at: start))
            let later = start + .seconds(5)
            let changed = try #require(
                try await stores.redeemResetToken(token, for: user.id, passwordHash: "new", at: later))
            #expect(changed.credentialVersion == 2)
            #expect(changed.updatedAt == later)
            let stored = try await stores.account(id: user.id)
            #expect(stored == Account(user: changed, passwordHash: "new"))
            #expect(try await stores.liveSessions(at: start).isEmpty)
            #expect(try await !stores.hasResetToken(token, for: user.id, at: later))
            let again = try await stores.redeemResetToken(
                token, for: user.id, passwordHash: "third", at: later)
            #expect(again == nil)
            #expect(try await stores.account(id: user.id) == stored)
        },
        StoreClaim("redeemsATokenForOneOfSixtyFourParallelCalls") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let token = digest()
            #expect(
                try await stores.insertResetToken(token, for: user.id, sentTo: user.email, expiresAt: end))
            let winners = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        let hash = "hash \(number)"
                        let user = try await stores.redeemResetToken(
                            token, for: user.id, passwordHash: hash, at: start)
                        return user == nil ? nil : hash
                    }
                }
                var winners: [String] = []
                for try await hash in group { if let hash { winners.append(hash) } }
                return winners
            }
            #expect(winners.count == 1)
            let stored = try await stores.account(id: user.id)
            #expect(stored?.passwordHash == winners.first)
            #expect(stored?.user.credentialVersion == 2)
        },
        StoreClaim("refusesATokenOfAnotherUser") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("eve@example.org")))
            let token = digest()
            #expect(
                try await stores.insertResetToken(token, for: user.id, sentTo: user.email, expiresAt: end))
            for id in [other.id, .random()] {
                #expect(try await !stores.hasResetToken(token, for: id, at: start))
                let taken = try await stores.redeemResetToken(token, for: id, passwordHash: "x", at: start)
                #expect(taken == nil)
            }
            #expect(try await !stores.hasResetToken(digest(), for: user.id, at: start))
            let guessed = try await stores.redeemResetToken(
                digest(), for: user.id, passwordHash: "x", at: start)
            #expect(guessed == nil)
            #expect(try await stores.hasResetToken(token, for: user.id, at: start))
            #expect(try await stores.account(id: other.id)?.passwordHash == "hash")
        },
        StoreClaim("refusesATokenFromItsExpiryOn") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let token = digest()
            #expect(
                try await stores.insertResetToken(token, for: user.id, sentTo: user.email, expiresAt: end))
            let before = WallTime(milliseconds: end.milliseconds - 1)
            #expect(try await stores.hasResetToken(token, for: user.id, at: before))
            #expect(try await !stores.hasResetToken(token, for: user.id, at: end))
            let late = try await stores.redeemResetToken(token, for: user.id, passwordHash: "x", at: end)
            #expect(late == nil)
            #expect(try await stores.account(id: user.id)?.user.credentialVersion == 1)
            let early = try await stores.redeemResetToken(
                token, for: user.id, passwordHash: "x", at: before)
            #expect(early?.credentialVersion == 2)
        },
        StoreClaim("replacesAnOlderTokenOfTheSameUser") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (older, newer) = (digest(), digest())
            #expect(
                try await stores.insertResetToken(older, for: user.id, sentTo: user.email, expiresAt: end))
            #expect(
                try await stores.insertResetToken(newer, for: user.id, sentTo: user.email, expiresAt: end))
            #expect(try await !stores.hasResetToken(older, for: user.id, at: start))
            let old = try await stores.redeemResetToken(older, for: user.id, passwordHash: "x", at: start)
            #expect(old == nil)
            let new = try await stores.redeemResetToken(newer, for: user.id, passwordHash: "x", at: start)
            #expect(new != nil)
        },
        StoreClaim("storesNoTokenForNobody") { stores async throws in
            let nobody = UserID.random()
            let token = digest()
            let email = newAccount("ada@example.org").email
            #expect(
                try await !stores.insertResetToken(token, for: nobody, sentTo: email, expiresAt: end))
            #expect(try await !stores.hasResetToken(token, for: nobody, at: start))
        },
        StoreClaim("storesNoTokenForAFormerAddress") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (token, other) = (digest(), digest())
            let spelling = newAccount("ADA@example.org").email
            #expect(
                try await stores.insertResetToken(token, for: user.id, sentTo: spelling, expiresAt: end))
            let former = newAccount("former@example.org").email
            #expect(
                try await !stores.insertResetToken(other, for: user.id, sentTo: former, expiresAt: end))
            #expect(try await stores.hasResetToken(token, for: user.id, at: start))
        },
    ]
}
