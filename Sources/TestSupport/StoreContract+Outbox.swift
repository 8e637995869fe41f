import Auth
import Crypto
import Testing

extension StoreContract {
    private static let minute = QueuedMail.spacing
    private static func time(_ seconds: Int) -> WallTime { start + .seconds(seconds) }

    private static func ask(_ stores: any Stores, _ email: String, at time: WallTime) async throws {
        try await stores.noteResetRequest(for: try #require(EmailAddress(email)), at: time)
        #expect(try await stores.queueRequestedResets(at: time, limit: 10) == 1)
    }

    /// Claims about mail to be sent.
    public static let outbox = [
        StoreClaim("queuesOneResetMailForAThousandRequests") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("Ada@example.org")))
            for _ in 0..<3 {
                for _ in 0..<300 {
                    try await stores.noteResetRequest(
                        for: try #require(EmailAddress("ada@EXAMPLE.org")), at: start)
                }
                #expect(try await stores.queueRequestedResets(at: start, limit: 10) == 1)
            }
            let mails = try await stores.dueMail(at: start, limit: 10)
            #expect(mails.map(\.userID) == [user.id])
            #expect(mails.first?.kind == .reset)
            #expect(mails.first?.address.text == "Ada@example.org")
            #expect(mails.first?.attempts == 0)
            #expect(try await stores.nextMail() == start)
        },
        StoreClaim("queuesNothingForUnknownAndDisabledUsers") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            _ = try await stores.setDisabled(user.id, true, at: start)
            try await ask(stores, "ada@example.org", at: start)
            try await ask(stores, "nobody@example.org", at: start)
            #expect(try await stores.queueRequestedResets(at: start, limit: 10) == 0)
            #expect(try await stores.nextMail() == nil)
        },
        StoreClaim("takesNotesUpToALimit") { stores async throws in
            for number in 0..<5 {
                try await stores.noteResetRequest(
                    for: try #require(EmailAddress("\(number)@example.org")), at: start)
            }
            #expect(try await stores.queueRequestedResets(at: start, limit: 3) == 3)
            #expect(try await stores.queueRequestedResets(at: start, limit: 3) == 2)
        },
        StoreClaim("sendsTheNextResetMailAMinuteLaterAtTheEarliest") { stores async throws in
            _ = try #require(try await stores.insert(newAccount("ada@example.org")))
            try await ask(stores, "ada@example.org", at: start)
            let mail = try #require(try await stores.dueMail(at: start, limit: 1).first)
            try await stores.noteSent(mail.id, at: start)
            #expect(try await stores.nextMail() == nil)
            try await ask(stores, "ada@example.org", at: time(59))
            #expect(try await stores.dueMail(at: time(59), limit: 1).isEmpty)
            try await ask(stores, "ada@example.org", at: time(60))
            #expect(try await stores.dueMail(at: time(60), limit: 1).count == 1)
        },
        StoreClaim("aClockThatWasSetBackHoldsUpNoMail") { stores async throws in
            _ = try #require(try await stores.insert(newAccount("ada@example.org")))
            try await ask(stores, "ada@example.org", at: time(9_000))
            let mail = try #require(try await stores.dueMail(at: start, limit: 1).first)
            try await stores.putOff(mail.id, at: start, until: time(8))
            #expect(try await stores.dueMail(at: time(7), limit: 1).isEmpty)
            try await stores.noteSent(mail.id, at: time(9_000))
            try await ask(stores, "ada@example.org", at: time(10))
            #expect(try await stores.dueMail(at: time(10), limit: 1).count == 1)
        },
        StoreClaim("putsAMailOffAndGivesTheFirstDueFirst") { stores async throws in
            for name in ["a", "b", "c"] {
                _ = try #require(try await stores.insert(newAccount("\(name)@example.org")))
                try await ask(stores, "\(name)@example.org", at: start)
            }
            let mails = try await stores.dueMail(at: start, limit: 9)
            #expect(mails.map(\.address.text) == ["a@example.org", "b@example.org", "c@example.org"])
            try await stores.putOff(mails[0].id, at: start, until: time(5))
            try await stores.putOff(mails[1].id, at: start, until: time(3))
            #expect(try await stores.dueMail(at: time(2), limit: 9) == [mails[2]])
            let later = try await stores.dueMail(at: time(5), limit: 9)
            #expect(later.map(\.id) == [mails[2].id, mails[1].id, mails[0].id])
            #expect(later.map(\.attempts) == [0, 1, 1])
            try await stores.drop(mails[2].id)
            #expect(try await stores.nextMail() == time(3))
            #expect(try await stores.dueMail(at: time(5), limit: 1).map(\.id) == [mails[1].id])
        },
        StoreClaim("aNewPasswordVoidsMailWithTokensAndIsNoticed") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            try await ask(stores, "ada@example.org", at: start)
            #expect(
                try await stores.insertEmailChange(
                    to: try #require(EmailAddress("new@example.org")), of: user.id, token: nil, at: start,
                    expiresAt: time(900)))
            let stale = try await stores.changePassword(
                user.id, hash: "x", from: user.credentialVersion + 1, at: start, noticing: true)
            #expect(stale == nil)
            #expect(try await stores.dueMail(at: start, limit: 9).count == 3)
            #expect(try await stores.insert(session(of: user)))
            let changed = try await stores.changePassword(
                user.id, hash: "new", from: user.credentialVersion, at: start, noticing: true)
            #expect(changed?.credentialVersion == user.credentialVersion + 1)
            #expect(try await stores.account(id: user.id)?.passwordHash == "new")
            #expect(try await stores.liveSessions(at: start).isEmpty)
            let left = try await stores.dueMail(at: start, limit: 9)
            #expect(left.map(\.kind) == [.emailNotice, .passwordNotice])
            #expect(
                try await !stores.setEmailChangeToken(
                    digest(), to: try #require(EmailAddress("new@example.org")), of: user.id,
                    expiresAt: time(900)))
        },
        StoreClaim("ofParallelPasswordChangesOneWins") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        try await stores.changePassword(
                            user.id, hash: "\(number)", from: user.credentialVersion, at: start,
                            noticing: false) != nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        },
        StoreClaim("noMailOutlivesItsUser") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            try await ask(stores, "ada@example.org", at: start)
            #expect(try await stores.delete(user.id))
            #expect(try await stores.nextMail() == nil)
            #expect(try await stores.dueMail(at: start, limit: 9).isEmpty)
        },
    ]
}
