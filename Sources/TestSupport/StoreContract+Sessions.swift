import Auth
import Crypto
import Testing

extension StoreContract {
    /// Claims about sessions.
    public static let sessions = [
        StoreClaim("keepsManySessionsOfOneUser") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org", firstName: "Ada")))
            let records = [
                session(of: user), session(of: user, expiresAt: start + .seconds(60)), session(of: user),
            ]
            for record in records { #expect(try await stores.insert(record)) }
            let live = try await stores.liveSessions(at: start)
            #expect(live.count == 3)
            for record in records { #expect(live.contains { $0.session == record && $0.user == user }) }
        },
        StoreClaim("refusesASessionOfNobody") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            var record = session(of: user)
            record.userID = .random()
            #expect(try await !stores.insert(record))
            #expect(try await stores.liveSessions(at: start).isEmpty)
        },
        StoreClaim("deletesASessionAndIsContentWithAnUnknownOne") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (ended, other) = (session(of: user), session(of: user))
            #expect(try await stores.insert(ended))
            #expect(try await stores.insert(other))
            try await stores.delete(ended.id)
            try await stores.delete(ended.id)
            try await stores.delete(SessionID(.random()))
            #expect(try await stores.liveSessions(at: start).map(\.session) == [other])
        },
        StoreClaim("endsASessionAtItsTimeNotAfter") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let end = start + .seconds(60)
            #expect(try await stores.insert(session(of: user, expiresAt: end)))
            let before = WallTime(milliseconds: end.milliseconds - 1)
            #expect(try await stores.liveSessions(at: before).count == 1)
            #expect(try await stores.liveSessions(at: end).isEmpty)
        },
        StoreClaim("sweepsExpiredSessionsUpToALimit") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            for second in 1...5 {
                let record = session(of: user, expiresAt: start + .seconds(second))
                #expect(try await stores.insert(record))
            }
            let forever = session(of: user)
            #expect(try await stores.insert(forever))
            let fourth = start + .seconds(4)
            #expect(try await stores.deleteExpiredSessions(before: fourth, limit: 0) == 0)
            #expect(try await stores.deleteExpiredSessions(before: fourth, limit: -1) == 0)
            #expect(try await stores.deleteExpiredSessions(before: fourth, limit: 2) == 2)
            #expect(try await stores.deleteExpiredSessions(before: fourth, limit: 2) == 1)
            #expect(try await stores.deleteExpiredSessions(before: fourth, limit: 2) == 0)
            #expect(try await stores.liveSessions(at: start).count == 3)
            let years = start + .seconds(100_000_000)
            #expect(try await stores.deleteExpiredSessions(before: years, limit: 100) == 2)
            #expect(try await stores.liveSessions(at: years).map(\.session) == [forever])
        },
        StoreClaim("endsTheOldestPastTheMost") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            #expect(try await stores.insert(session(of: other)))
            // Stored out of order: the time counts.
            let records = [3, 1, 2].map { session(of: user, createdAt: start + .seconds($0)) }
            for record in records { #expect(try await stores.insert(record)) }
            let fourth = session(of: user, createdAt: start + .seconds(4))
            let inserted = try await stores.insert(fourth, replacing: nil, mostPerUser: 2)
            #expect(inserted?.user == user)
            #expect(Set(inserted?.ended ?? []) == [records[1].id, records[2].id])
            #expect(try await stores.sessions(of: user.id) == [records[0], fourth])
            #expect(try await stores.sessions(of: other.id).count == 1)
        },
        StoreClaim("neverEndsTheNewOneForBeingTooMany") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            // Of one millisecond, and with any name.
            for _ in 0..<20 {
                let record = session(of: user)
                let inserted = try await stores.insert(record, replacing: nil, mostPerUser: 2)
                #expect(inserted?.ended.contains(record.id) == false)
            }
            #expect(try await stores.sessions(of: user.id).count == 2)
            let only = session(of: user)
            #expect(try await stores.insert(only, replacing: nil, mostPerUser: 1)?.ended.count == 2)
            #expect(try await stores.sessions(of: user.id) == [only])
        },
        StoreClaim("takesThoseOfATimeToComeForTheOldest") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let created = [0, 101, 100, 2, 3].map { session(of: user, createdAt: start + .seconds($0)) }
            for record in created.prefix(3) { #expect(try await stores.insert(record)) }
            // The clock was set back.
            let first = try await stores.insert(created[3], replacing: nil, mostPerUser: 3)
            #expect(first?.ended == [created[2].id])
            let second = try await stores.insert(created[4], replacing: nil, mostPerUser: 3)
            #expect(second?.ended == [created[1].id])
            #expect(try await stores.sessions(of: user.id) == [created[0], created[3], created[4]])
        },
        StoreClaim("putsASessionInThePlaceOfAnother") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (old, kept, new) = (session(of: user), session(of: user), session(of: user))
            #expect(try await stores.insert(old))
            #expect(try await stores.insert(kept))
            #expect(try await stores.insert(new, replacing: old.id, mostPerUser: 2)?.ended == [old.id])
            #expect(
                try await stores.insert(session(of: user), replacing: old.id, mostPerUser: 9)?.ended == [])
            #expect(try await stores.sessions(of: user.id).count == 3)
        },
        StoreClaim("aRefusedSessionEndsNoOther") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let old = session(of: user)
            #expect(try await stores.insert(old))
            let refused = session(of: user, credentialVersion: 7)
            #expect(try await stores.insert(refused, replacing: old.id, mostPerUser: 1) == nil)
            #expect(try await stores.sessions(of: user.id) == [old])
        },
        StoreClaim("endsTheSessionsOfAUserButOne") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let other = try #require(try await stores.insert(newAccount("bob@example.org")))
            let (one, two, bobs) = (session(of: user), session(of: user), session(of: other))
            for record in [one, two, bobs] { #expect(try await stores.insert(record)) }
            #expect(try await stores.deleteSessions(of: user.id, except: one.id) == [two.id])
            #expect(try await stores.deleteSessions(of: user.id, except: bobs.id) == [one.id])
            #expect(try await stores.deleteSessions(of: user.id, except: nil) == [])
            #expect(try await stores.deleteSessions(of: .random(), except: nil) == [])
            #expect(try await stores.liveSessions(at: start).map(\.session) == [bobs])
        },
        StoreClaim("keepsTheNewSessionWhateverTheClockSays") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let old = session(of: user)
            #expect(try await stores.insert(old))
            var new = session(of: user)
            new.createdAt = start + .seconds(-60)
            #expect(try await stores.insert(new, replacing: nil, mostPerUser: 1)?.ended == [old.id])
            // Of the same millisecond, as many as it takes for a name to be the smaller one.
            for _ in 0..<20 {
                let next = session(of: user)
                #expect(try await stores.insert(next, replacing: nil, mostPerUser: 1)?.ended.count == 1)
                #expect(try await stores.sessions(of: user.id) == [next])
            }
        },
        StoreClaim("tellsWhatASessionIs") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            var record = session(of: user, expiresAt: start + .seconds(60))
            record.isRemembered = true
            record.client = SessionClient(address: "192.0.2.7", userAgent: "curl/8 “ü”")
            #expect(try await stores.insert(record))
            #expect(try await stores.sessions(of: user.id) == [record])
            #expect(try await stores.sessions(of: .random()) == [])
            // The start does without the long ones.
            record.client = SessionClient()
            #expect(try await stores.liveSessions(at: start).map(\.session) == [record])
        },
        StoreClaim("notesTheLastRequest") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            let (one, two) = (session(of: user), session(of: user))
            for record in [one, two] { #expect(try await stores.insert(record)) }
            let later = start + .seconds(9)
            try await stores.setSeen([(one.id, later), (SessionID(.random()), later)])
            let seen = try await stores.sessions(of: user.id)
            #expect(seen.first { $0.id == one.id }?.seenAt == later)
            #expect(seen.first { $0.id == two.id }?.seenAt == start)
            try await stores.setSeen([])
        },
        StoreClaim("aChangeOfRightsEndsWhatWasProvedBefore") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await stores.insert(session(of: user)))
            let same = try await stores.setAdministrator(user.id, user.isAdministrator, at: start)
            #expect(same == user)
            #expect(try await stores.sessions(of: user.id).count == 1)
            let changed = try #require(
                try await stores.setAdministrator(user.id, !user.isAdministrator, at: start))
            #expect(changed.credentialVersion == user.credentialVersion + 1)
            #expect(try await stores.sessions(of: user.id).isEmpty)
            #expect(try await !stores.insert(session(of: user)))
            #expect(try await stores.insert(session(of: changed)))
            #expect(try await stores.setAdministrator(.random(), true, at: start) == nil)
        },
        StoreClaim("disablesAndEnables") { stores async throws in
            let user = try #require(try await stores.insert(newAccount("ada@example.org")))
            #expect(try await stores.insert(session(of: user)))
            let token = digest()
            #expect(
                try await stores.insertResetToken(
                    token, for: user.id, sentTo: user.email, expiresAt: start + .seconds(60)))
            let disabled = try #require(try await stores.setDisabled(user.id, true, at: start))
            #expect(disabled.isDisabled)
            #expect(disabled.updatedAt > user.updatedAt)
            #expect(try await stores.sessions(of: user.id).isEmpty)
            #expect(try await !stores.hasResetToken(token, for: user.id, at: start))
            #expect(try await !stores.insert(session(of: disabled)))
            #expect(try await stores.setDisabled(user.id, true, at: start) == disabled)
            let enabled = try #require(try await stores.setDisabled(user.id, false, at: start))
            #expect(!enabled.isDisabled)
            #expect(try await stores.insert(session(of: enabled)))
            #expect(try await stores.setDisabled(.random(), true, at: start) == nil)
        },
    ]
}
