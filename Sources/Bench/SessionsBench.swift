import Auth
import Glibc

/// The session map from a thousand to ten million sessions.
struct SessionsBench {
    private let count: Int
    private let perUser: Int
    private let map = SessionMap { _ in UserRendering(user: [], profile: []) }
    private let names: Names
    /// When the sessions end, in steady milliseconds.
    private static let end: Int64 = 1_000
    private static let rounds = 3
    /// Look-ups of one measurement.
    private static let looks = 2_000_000
    /// Sessions that are asked for again and again: they stay in the processor's caches.
    private static let hot = 1_000

    static func run(_ plan: SessionsPlan) {
        print("\(plan.perUser) sessions for each user; processor time")
        for count in plan.counts { SessionsBench(count: count, perUser: plan.perUser).run() }
    }

    private init(count: Int, perUser: Int) {
        self.count = count
        self.perUser = perUser
        names = Names(perUser: perUser)
    }

    private func run() {
        print("\(count):")
        let users = (count + perUser - 1) / perUser
        let empty = residentOctets()
        let insert = each(of: count) { for number in 0..<count { self.insert(number) } }
        let held = residentOctets() - empty
        report(
            "memory",
            "\(held / count) B a session, of it \(map.reservedOctets / count) B in the tables of sessions")
        report("insert", ns(insert))
        look()
        let remove = each(of: count) { for number in 0..<users { map.removeAll(of: names.user(number)) } }
        report("remove all of a user", "\(ns(remove)) a session")
        report("memory after", "\((residentOctets() - empty) / 1_024) KiB more than before")
        measurePauses(users: users)
    }

    private func measurePauses(users: Int) {
        var (inserts, removals, slices, endings) = (Pauses(), Pauses(), Pauses(), Pauses())
        var sweep = Double.infinity
        for _ in 0..<Self.rounds {
            inserts.beginRound()
            for number in 0..<count { inserts.measure { self.insert(number) } }
            removals.beginRound()
            let removed = count / 10
            for number in 0..<removed { _ = removals.measure { map.remove(names.session(number)) } }
            slices.beginRound()
            var ended = 0
            sweep = min(
                sweep,
                each(of: count - removed) {
                    // As the server does: so many sessions, then the requests, then on.
                    while map.count > 0 {
                        ended +=
                            slices.measure { map.sweep(at: SteadyTime(milliseconds: Self.end), budget: 256) }
                            .ended.count
                    }
                })
            precondition(ended == count - removed, "every session is swept")
            for number in 0..<count { self.insert(number) }
            endings.beginRound()
            for number in 0..<users { _ = endings.measure { map.removeAll(of: names.user(number)) } }
            precondition(map.count == 0, "every session is gone")
        }
        report("sweep", "\(ns(sweep)) a session")
        report("longest insert", inserts)
        report("longest removal", removals)
        report("longest removal of all of a user", endings)
        report("longest slice of 256 of a sweep", slices)
    }

    private func look() {
        // Coprime to every count: a walk that touches all and jumps far.
        let stride = 7_368_787
        var found = 0
        let far = each(of: Self.looks) {
            var number = 0
            for _ in 0..<Self.looks {
                number = (number + stride) % count
                if map.find(names.session(number), at: SteadyTime(milliseconds: 1)) != nil { found += 1 }
            }
        }
        let hot = min(Self.hot, count)
        let hotNames = (0..<hot).map { names.session(($0 * stride) % count) }
        let near = each(of: Self.looks) {
            var index = 0
            for _ in 0..<Self.looks {
                index = index + 1 == hot ? 0 : index + 1
                if map.find(hotNames[index], at: SteadyTime(milliseconds: 1)) != nil { found += 1 }
            }
        }
        precondition(found == 2 * Self.looks, "every session is found")
        report("find", "\(ns(far)) at random, \(ns(near)) of \(hot) in use")
    }

    private func insert(_ number: Int) {
        map.insert(
            NewSession(
                id: names.session(number), user: names.owner(of: number),
                createdAt: WallTime(milliseconds: 0),
                authenticatedAt: SteadyTime(milliseconds: 0), endsAt: SteadyTime(milliseconds: Self.end)))
    }

    private func ns(_ value: Double) -> String { "\(Int(value.rounded())) ns" }

    private func report(_ what: String, _ pauses: Pauses) {
        let (all, most) = pauses.longest
        let wall = "\(pauses.longestWall / 1_000) µs with what the machine did meanwhile"
        report(what, "\(all / 1_000) µs; 99.9 % within \(most) ns; \(wall)")
    }

    private func report(_ what: String, _ figures: String) {
        print("  \(what): \(figures)")
        fflush(nil)
    }

    /// Nanoseconds of processor time that one of `count` operations takes.
    private func each(of count: Int, _ operations: () -> Void) -> Double {
        let start = ThreadClock.now()
        operations()
        return Double(ThreadClock.now() - start) / Double(count)
    }
}

/// How many sessions to measure with.
struct SessionsPlan {
    /// Default 20, as many as one user may have.
    var perUser = 20
    /// Default 1,000 to 10,000,000.
    var counts: [Int] = []

    /// `--per-user N` and numbers of sessions; nil when they make no sense.
    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            let isOption = argument == "--per-user"
            guard let number = (isOption ? rest.popFirst() : argument).flatMap({ Int($0) }), number > 0
            else { return nil }
            if isOption { perUser = number } else { counts.append(number) }
        }
        if counts.isEmpty { counts = [1_000, 10_000, 100_000, 1_000_000, 5_000_000, 10_000_000] }
    }
}

/// Sessions and users by number: made up anew each time, so that they take no memory beside the map.
private struct Names {
    let perUser: Int

    func session(_ number: Int) -> SessionID {
        SessionID(high: mixed(UInt64(2 * number)), low: mixed(UInt64(2 * number + 1)))
    }

    func user(_ number: Int) -> UserID {
        UserID(high: mixed(~UInt64(2 * number)), low: mixed(~UInt64(2 * number + 1)))
    }

    func owner(of session: Int) -> User {
        let number = session / perUser
        let address = "somebody-\(number)@example.com"
        return User(
            id: user(number), email: EmailAddress(stored: address, key: address),
            createdAt: WallTime(milliseconds: 0), updatedAt: WallTime(milliseconds: 0))
    }

    /// The finaliser of SplitMix64: every bit depends on all.
    private func mixed(_ number: UInt64) -> UInt64 {
        var mixed = (number &+ 1) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
