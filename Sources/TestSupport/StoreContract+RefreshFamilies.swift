import Auth
import Testing

extension StoreContract {
    private static func rotation(_ milliseconds: Int64, run: UInt64 = .max) -> RefreshRotation {
        RefreshRotation(run: run, at: SteadyTime(milliseconds: milliseconds))
    }

    /// A user with a session and a chain of tokens.
    private static func begin(
        _ stores: any Stores, expiresAt: WallTime? = nil
    ) async throws -> (user: User, session: SessionRecord, family: RefreshFamily) {
        let user = try #require(try await stores.insert(newAccount("ada@example.org")))
        let session = session(of: user, expiresAt: expiresAt)
        #expect(try await stores.insert(session))
        return (user, session, try await addFamily(to: session.id, stores))
    }

    private static func addFamily(
        to session: SessionID, _ stores: any Stores, most: Int = .max
    ) async throws -> RefreshFamily {
        let family = RefreshFamily(id: RefreshFamilyID(session: session), rotation: rotation(1))
        #expect(try await stores.insert(family, most: most))
        return family
    }

    /// Whether the store has the chain, which this leaves as it is.
    private static func has(_ family: RefreshFamily, _ stores: any Stores) async throws -> Bool {
        try await stores.advance(family.id, past: -1, at: rotation(0)) != nil
    }

    /// Claims about chains of refresh tokens.
    public static let refreshFamilies = [
        StoreClaim("movesAChainFromTheGenerationThatCountsAndNoOther") { stores async throws in
            let family = try await begin(stores).family
            let first = try await stores.advance(family.id, past: 0, at: rotation(2))
            #expect(first == RefreshFamily(id: family.id, generation: 1, rotation: rotation(2)))
            for generation: Int64 in [0, -1, .min] {
                let again = try await stores.advance(
                    family.id, past: generation, at: rotation(3, run: 7))
                #expect(again == first)
            }
            let second = try await stores.advance(family.id, past: 1, at: rotation(-4, run: 1 << 63))
            #expect(
                second == RefreshFamily(id: family.id, generation: 2, rotation: rotation(-4, run: 1 << 63)))
        },
        // After a backup was restored, clients have newer ones than the store knows.
        StoreClaim("movesAChainPastALaterGenerationThanItKnows") { stores async throws in
            let family = try await begin(stores).family
            let moved = try await stores.advance(family.id, past: 6, at: rotation(2))
            #expect(moved?.generation == 7)
            #expect(try await stores.advance(family.id, past: 5, at: rotation(3)) == moved)
            let last = try await stores.advance(family.id, past: .max - 1, at: rotation(4))
            #expect(last?.generation == .max)
            #expect(try await stores.advance(family.id, past: .max - 1, at: rotation(5)) == last)
        },
        StoreClaim("movesAChainOnceInAHundredParallelCalls") { stores async throws in
            let family = try await begin(stores).family
            let found = try await withThrowingTaskGroup(of: RefreshFamily?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await stores.advance(family.id, past: 0, at: rotation(Int64(number)))
                    }
                }
                return try await group.reduce(into: [RefreshFamily?]()) { $0.append($1) }
            }
            #expect(found.allSatisfy { $0 == found[0] })
            #expect(found[0]?.generation == 1)
        },
        StoreClaim("knowsNoChainOfAnotherNameOrSession") { stores async throws in
            let (user, record, family) = try await begin(stores)
            let other = session(of: user)
            #expect(try await stores.insert(other))
            for id in [
                RefreshFamilyID(session: record.id),
                RefreshFamilyID(session: other.id, number: family.id.number),
            ] {
                #expect(try await stores.advance(id, past: 0, at: rotation(2)) == nil)
            }
            #expect(try await stores.advance(family.id, past: -1, at: rotation(2)) == family)
        },
        StoreClaim("storesNoChainWithoutASession") { stores async throws in
            let (_, record, family) = try await begin(stores)
            try await stores.delete(record.id)
            let late = RefreshFamily(id: RefreshFamilyID(session: record.id), rotation: rotation(1))
            #expect(try await !stores.insert(late, most: 20))
            #expect(try await !has(late, stores))
            #expect(try await !has(family, stores))
        },
        StoreClaim("keepsTheNewestChainsOfASession") { stores async throws in
            let (user, record, first) = try await begin(stores)
            let other = session(of: user)
            #expect(try await stores.insert(other))
            let elsewhere = try await addFamily(to: other.id, stores, most: 3)
            var families = [first]
            for _ in 0..<2 { families.append(try await addFamily(to: record.id, stores, most: 3)) }
            // Use makes none younger.
            _ = try await stores.advance(first.id, past: 0, at: rotation(9))
            for family in families { #expect(try await has(family, stores)) }
            families.append(try await addFamily(to: record.id, stores, most: 3))
            #expect(try await !has(families[0], stores))
            for family in families[1...] { #expect(try await has(family, stores)) }
            families.append(try await addFamily(to: record.id, stores, most: 0))
            for family in families[..<4] { #expect(try await !has(family, stores)) }
            #expect(try await has(families[4], stores))
            #expect(try await has(elsewhere, stores))
        },
        StoreClaim("deletesTheChainsOfEverySessionThatEnds") { stores async throws in
            let end = start + .seconds(60)
            let (user, record, family) = try await begin(stores, expiresAt: end)
            #expect(try await stores.deleteExpiredSessions(before: end, limit: 9) == 0)
            #expect(try await has(family, stores))
            let later = WallTime(milliseconds: end.milliseconds + 1)
            #expect(try await stores.deleteExpiredSessions(before: later, limit: 9) == 1)
            #expect(try await !has(family, stores))
            #expect(try await stores.insert(record))
            #expect(try await !has(family, stores))
            let again = try await addFamily(to: record.id, stores)
            #expect(try await stores.deleteSessions(of: user.id, except: nil) == [record.id])
            #expect(try await !has(again, stores))
        },
        StoreClaim("deletesTheChainsOfWhoseRightsOrPasswordChange") { stores async throws in
            let (user, _, first) = try await begin(stores)
            var family = first
            func expectEnded(_ changed: User?) async throws {
                #expect(try await !has(family, stores))
                guard let changed else { throw CancellationError() }
                guard !changed.isDisabled else { return }
                let next = session(of: changed)
                #expect(try await stores.insert(next))
                family = try await addFamily(to: next.id, stores)
            }
            _ = try await stores.rename(user.id, firstName: "Ada", lastName: nil, at: start)
            #expect(try await has(family, stores))
            try await expectEnded(stores.setPassword(user.id, hash: "new", at: start))
            try await expectEnded(stores.setAdministrator(user.id, !user.isAdministrator, at: start))
            try await expectEnded(stores.setDisabled(user.id, true, at: start))
            try await expectEnded(stores.setDisabled(user.id, false, at: start))
            let enabled = try await stores.account(id: user.id)?.user
            let last = session(of: try #require(enabled))
            #expect(try await stores.insert(last, replacing: family.id.session, mostPerUser: 9) != nil)
            #expect(try await !has(family, stores))
            family = try await addFamily(to: last.id, stores)
            #expect(try await stores.delete(user.id))
            #expect(try await !has(family, stores))
        },
    ]
}
