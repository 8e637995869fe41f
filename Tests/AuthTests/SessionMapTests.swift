import Crypto
import Testing

@testable import Auth

@Suite struct SessionMapTests {
    private let render: SessionMap.Rendering = { user in
        UserRendering(user: Array((user.firstName ?? "-").utf8), profile: [])
    }
    private let map: SessionMap

    init() {
        map = SessionMap(render: render)
    }

    private let signIn = WallTime(milliseconds: 7)

    private func steady(_ milliseconds: Int64) -> SteadyTime { SteadyTime(milliseconds: milliseconds) }

    private func insert(_ user: User, until end: Int64? = nil) -> SessionID {
        let id = SessionID(.random())
        map.insert(
            NewSession(
                id: id, user: user, createdAt: signIn, authenticatedAt: steady(0), endsAt: end.map(steady)))
        return id
    }

    private func user(of id: SessionID) -> User? {
        map.find(id, at: steady(0))?.user.current(render).user
    }

    @Test func findsWhatWasInserted() throws {
        let ada = User.ada(firstName: "Ada")
        let session = try #require(map.find(insert(ada, until: 60), at: steady(0)))
        #expect(session.user.current(render).user == ada)
        #expect(session.user.current(render).rendering?.user == Array("Ada".utf8))
        #expect(session.createdAt == signIn)
        #expect(session.endsAt == steady(60))
        #expect(map.count == 1)
    }

    @Test func findsNothingElse() {
        _ = insert(.ada())
        #expect(map.find(SessionID(.random()), at: steady(0)) == nil)
    }

    @Test func endsASessionAtItsMillisecondNotBefore() {
        let id = insert(.ada(), until: 1_000)
        #expect(map.find(id, at: steady(999)) != nil)
        #expect(map.find(id, at: steady(1_000)) == nil)
        #expect(map.find(id, at: steady(1_001)) == nil)
    }

    @Test func countsEachEndOnce() {
        let ada = User.ada()
        let (first, second) = (insert(ada, until: 1_000), insert(ada, until: 1_000))
        _ = (insert(ada, until: 2_000), insert(ada))
        #expect(map.remove(first) && map.figures.revoked == 1)
        #expect(!map.remove(first) && map.figures.revoked == 1)
        #expect(map.withdraw(second) && !map.withdraw(second))
        _ = map.sweep(at: steady(1_999))
        #expect(map.figures.revoked == 1 && map.figures.expired == 0)
        _ = map.sweep(at: steady(2_000))
        _ = map.sweep(at: steady(2_000))
        #expect(map.figures.revoked == 1 && map.figures.expired == 1)
        #expect(map.removeAll(of: ada.id) == 1)
        #expect(map.figures.revoked == 2 && map.figures.expired == 1 && map.figures.created == 0)
    }

    @Test func sweepsASessionAtItsMillisecondNotBefore() {
        _ = insert(.ada(), until: 1_000)
        #expect(map.sweep(at: steady(999)).ended.count == 0)
        #expect(map.count == 1)
        #expect(map.sweep(at: steady(1_000)).ended.count == 1)
        #expect(map.count == 0)
    }

    @Test func neverEndsASessionWithoutAnEnd() {
        let id = insert(.ada())
        #expect(map.sweep(at: steady(.max - 1)).ended.count == 0)
        #expect(map.find(id, at: steady(.max - 1)) != nil)
    }

    @Test func removesASessionOnceAndLeavesTheOthers() {
        let ada = User.ada()
        let (one, other) = (insert(ada), insert(ada))
        #expect(map.remove(one))
        #expect(!map.remove(one))
        #expect(map.find(one, at: steady(0)) == nil)
        #expect(map.find(other, at: steady(0)) != nil)
        #expect(map.count == 1)
    }

    @Test func removesAllSessionsOfAUserAndNobodyElses() {
        let (ada, bob) = (User.ada(), User.ada())
        let gone = (0..<100).map { insert(ada, until: $0.isMultiple(of: 2) ? 50 : nil) }
        let kept = insert(bob)
        #expect(map.removeAll(of: ada.id) == 100)
        #expect(map.removeAll(of: ada.id) == 0)
        #expect(gone.allSatisfy { map.find($0, at: steady(0)) == nil })
        #expect(map.find(kept, at: steady(0)) != nil)
        #expect(map.count == 1)
        #expect(map.sweep(at: steady(.max - 1)).ended.count == 0)
    }

    @Test func removesOnlyWhatAnOlderPasswordProved() {
        let id = UserID.random()
        let old = insert(.ada(id: id, credentialVersion: 1))
        let new = insert(.ada(id: id, updatedAt: 1, credentialVersion: 2))
        #expect(map.removeAll(of: id, provedBefore: 2) == 1)
        #expect(map.find(old, at: steady(0)) == nil)
        #expect(map.find(new, at: steady(0)) != nil)
        #expect(map.removeAll(of: id) == 1)
        #expect(map.count == 0)
    }

    @Test func removesNothingOfAUserWithoutSessions() {
        #expect(map.removeAll(of: .random()) == 0)
    }

    @Test func showsAChangeInEveryLiveSession() {
        let id = UserID.random()
        let sessions = (0..<3).map { _ in insert(.ada(id: id, firstName: "old")) }
        map.update(.ada(id: id, firstName: "new", updatedAt: 1, isAdministrator: true))
        for session in sessions {
            let current = map.find(session, at: steady(0))?.user.current(render)
            #expect(current?.user.firstName == "new")
            #expect(current?.user.isAdministrator == true)
            #expect(current?.rendering?.user == Array("new".utf8))
        }
    }

    @Test func keepsTheNewerStateWhenAnOlderOneArrivesLater() {
        let id = UserID.random()
        let session = insert(.ada(id: id, firstName: "newest", updatedAt: 10))
        map.update(.ada(id: id, firstName: "older", updatedAt: 9))
        #expect(user(of: session)?.firstName == "newest")
        map.update(.ada(id: id, firstName: "next", updatedAt: 11))
        #expect(user(of: session)?.firstName == "next")
    }

    @Test func aSignInWithAnOlderStateDoesNotBringItBack() {
        let id = UserID.random()
        let first = insert(.ada(id: id, firstName: "new", updatedAt: 2))
        let second = insert(.ada(id: id, firstName: "old", updatedAt: 1, isAdministrator: true))
        for session in [first, second] {
            #expect(user(of: session)?.firstName == "new")
            #expect(user(of: session)?.isAdministrator == false)
        }
    }

    @Test func aSignInWithANewerStateShowsItEverywhere() {
        let id = UserID.random()
        let first = insert(.ada(id: id, firstName: "old", updatedAt: 1))
        _ = insert(.ada(id: id, firstName: "new", updatedAt: 2))
        #expect(user(of: first)?.firstName == "new")
    }

    @Test func forgetsTheUserWithTheLastSession() {
        let id = UserID.random()
        #expect(map.remove(insert(.ada(id: id, firstName: "past", updatedAt: 9))))
        // Were the user still held, this older state would lose against it.
        #expect(user(of: insert(.ada(id: id, firstName: "fresh", updatedAt: 1)))?.firstName == "fresh")
        #expect(map.sweep(at: steady(0)).ended.count == 0)
    }

    @Test func sweepsUpToItsBudgetAndGoesOnNextTime() {
        for _ in 0..<25 { _ = insert(.ada(), until: 10) }
        for _ in 0..<5 { _ = insert(.ada(), until: 11) }
        let swept = (0..<4).map { _ in map.sweep(at: steady(10), budget: 10).ended.count }
        #expect(swept == [10, 10, 5, 0])
        #expect(map.count == 5)
        #expect(map.sweep(at: steady(11), budget: 0).ended.count == 0)
        #expect(map.sweep(at: steady(11), budget: 5).ended.count == 5)
        #expect(map.count == 0)
    }

    @Test func keepsItsBudgetOverTwoShards() {
        for number in 0..<14 as Range<UInt64> {
            // The low bits of the first half choose the shard.
            let id = SessionID(high: number & 1, low: number << 32)
            map.insert(
                NewSession(
                    id: id, user: .ada(), createdAt: signIn, authenticatedAt: steady(0), endsAt: steady(10)))
        }
        #expect(map.sweep(at: steady(10), budget: 10).ended.count == 10)
        #expect(map.sweep(at: steady(10), budget: 10).ended.count == 4)
    }

    /// On a slow machine no call has the time for all shards: else it would begin anew for ever.
    @Test func aRoundEndsAlsoWhenThereIsNeverTime() {
        for _ in 0..<5 { _ = insert(.ada(), until: 10) }
        for _ in 1...2 {
            var calls = 1
            while calls < 5_000, !map.sweep(at: steady(10), isOutOfTime: { true }).isComplete { calls += 1 }
            #expect(calls == 1_024)
        }
        #expect(map.count == 0)
    }

    @Test func aSweepEndsTheUserToo() {
        let ada = User.ada()
        _ = insert(ada, until: 10)
        _ = insert(ada, until: 10)
        #expect(map.sweep(at: steady(10)).ended.count == 2)
        #expect(map.removeAll(of: ada.id) == 0)
    }

    /// As many as one user may have, of a hundred users.
    @Test(.timeLimit(.minutes(1))) func sweepsAHundredThousandSessions() {
        for _ in 0..<100 {
            let ada = User.ada()
            for _ in 0..<1_000 { _ = insert(ada, until: 10) }
        }
        while !map.sweep(at: steady(10), budget: 100).isComplete {}
        #expect(map.count == 0)
    }
}
