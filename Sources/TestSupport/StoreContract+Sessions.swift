import Auth
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
            try await stores.delete(digest())
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
    ]
}
