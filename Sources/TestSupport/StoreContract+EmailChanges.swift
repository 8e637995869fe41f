import Auth
import Crypto
import Testing

extension StoreContract {
    private static let end = start + .seconds(900)

    private static func wish(
        _ stores: any Stores, _ email: String, of user: User, _ token: Digest?
    ) async throws -> Bool {
        try await stores.insertEmailChange(
            to: try #require(EmailAddress(email)), of: user.id, token: token, at: start, expiresAt: end)
    }

    /// Claims about users who want another address.
    public static let emailChanges = [
        StoreClaim("changesAnAddressOnceAndVoidsResetTokens") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (token, reset) = (digest(), digest())
            #expect(try await stores.insert(session(of: user)))
            #expect(
                try await stores.insertResetToken(reset, for: user.id, sentTo: user.email, expiresAt: end))
            #expect(try await wish(stores, "Ada@Example.NET", of: user, token))
            #expect(try await stores.redeemEmailChange(digest(), of: user.id, at: start) == .unknown)
            let outcome = try await stores.redeemEmailChange(token, of: user.id, at: start)
            guard case .changed(let changed) = outcome else { throw Unexpected() }
            #expect(changed.email.text == "Ada@Example.NET")
            #expect(changed.credentialVersion == user.credentialVersion)
            #expect(changed.updatedAt > user.updatedAt)
            #expect(try await stores.account(email: changed.email)?.user == changed)
            #expect(try await stores.account(email: user.email) == nil)
            #expect(try await stores.liveSessions(at: start).count == 1)
            #expect(try await !stores.hasResetToken(reset, for: user.id, at: start))
            #expect(try await stores.redeemEmailChange(token, of: user.id, at: start) == .unknown)
            #expect(try await stores.nextMail() == nil)
        },
        StoreClaim("takesNoAddressAway") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            let token = digest()
            #expect(try await wish(stores, "BOB@example.org", of: user, token))
            #expect(try await stores.redeemEmailChange(token, of: user.id, at: start) == .taken)
            #expect(try await stores.account(id: user.id)?.user == user)
            #expect(try await stores.account(email: other.email)?.user == other)
            #expect(try await stores.redeemEmailChange(token, of: user.id, at: start) == .unknown)
        },
        StoreClaim("changesTheSpellingOfAnAddress") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let token = digest()
            #expect(try await wish(stores, "Ada@Example.org", of: user, token))
            guard
                case .changed(let changed) = try await stores.redeemEmailChange(token, of: user.id, at: start)
            else { throw Unexpected() }
            #expect(changed.email.text == "Ada@Example.org")
        },
        StoreClaim("refusesATokenOfAnotherUserAndALateOne") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let eve = try #require(try await stores.insert(newAccount("eve@example.org")))
            let token = digest()
            #expect(try await wish(stores, "new@example.org", of: user, token))
            #expect(try await stores.redeemEmailChange(token, of: eve.id, at: start) == .unknown)
            #expect(try await stores.redeemEmailChange(token, of: user.id, at: end) == .unknown)
            let before = WallTime(milliseconds: end.milliseconds - 1)
            #expect(try await stores.redeemEmailChange(token, of: user.id, at: before) != .unknown)
        },
        StoreClaim("mailsTheNewAddressAndTheOldOneWhenThereIsNoTokenYet") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await wish(stores, "first@example.org", of: user, nil))
            let first = try await stores.dueMail(at: start, limit: 9)
            #expect(first.map(\.kind) == [.emailConfirmation, .emailNotice])
            #expect(first.map(\.address.text) == ["first@example.org", "ada@example.org"])
            // While the first mail is on its way, the user thinks of another address.
            #expect(try await wish(stores, "second@example.org", of: user, nil))
            for mail in first { try await stores.noteSent(mail.id, at: start) }
            let (firstToken, token) = (digest(), digest())
            #expect(
                try await !stores.setEmailChangeToken(
                    firstToken, to: first[0].address, of: user.id, expiresAt: end))
            let second = try await stores.dueMail(at: start, limit: 9)
            #expect(second.map(\.address.text) == ["second@example.org", "ada@example.org"])
            #expect(
                try await stores.setEmailChangeToken(
                    token, to: second[0].address, of: user.id, expiresAt: end))
            #expect(try await stores.redeemEmailChange(firstToken, of: user.id, at: start) == .unknown)
            for mail in second { try await stores.noteSent(mail.id, at: start) }
            // Not more than one mail a minute.
            #expect(try await wish(stores, "third@example.org", of: user, nil))
            #expect(try await stores.nextMail() == start + QueuedMail.spacing)
        },
        StoreClaim("nobodyWantsAnotherAddressWhoIsNotThere") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            _ = try await stores.setDisabled(user.id, true, at: start)
            #expect(try await !wish(stores, "new@example.org", of: user, digest()))
            #expect(try await stores.delete(user.id))
            #expect(try await !wish(stores, "new@example.org", of: user, nil))
            #expect(try await stores.nextMail() == nil)
        },
    ]

    private struct Unexpected: Error {}
}
