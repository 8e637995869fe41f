import Crypto
import TestSupport
import Testing

@testable import Auth

/// Random sequences of everything that can happen to refresh tokens, against a model of a few lines.
@Suite struct RefreshTokensPropertyTests {
    @Test(arguments: [true, false], 0..<40)
    func whateverHappensTheModelSaysWhatComesOfIt(durable: Bool, seed: Int) async throws {
        var game = try await RefreshGame(durable: durable, seed: UInt64(seed))
        for _ in 0..<400 { try await game.step() }
        // Else the claims below were about nothing.
        #expect(game.renewals > 20)
        #expect(game.replays > 0)
    }
}

/// What is known of a chain: how far it came, and how long ago.
private struct ModelFamily {
    let id: RefreshFamilyID
    var generation: Int64 = 0
    /// On the steady clock, or the start after it.
    var rotatedAt: Int64
}

private enum Expected: Equatable {
    case renewed(Int64)
    case replayed, unknown
}

private struct RefreshGame {
    private static let grace: Int64 = 30_000
    private static let spans: [Int64] = [0, 1, 1_000, 15_000, 29_999, 30_000, 30_001, 60_000]

    private var service: RefreshService
    private let isDurable: Bool
    private var random: SplitMix
    /// Chains of live sessions, oldest first.
    private var live: [SessionID: [ModelFamily]]
    /// Every session that there was: names are random, and a seed shall choose the same.
    private var order: [SessionID]
    /// Chains of which nobody may know any more.
    private var dead: [ModelFamily] = []
    private(set) var renewals = 0
    private(set) var replays = 0

    init(durable: Bool, seed: UInt64) async throws {
        service = try await RefreshService(durable: durable, lifetime: nil)
        isDurable = durable
        random = SplitMix(seed: seed)
        (live, order) = ([service.session: []], [service.session])
    }

    private var now: Int64 { service.clock.now.steady.milliseconds }

    mutating func step() async throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<12: try await begin()
        case 12..<62: try await redeem()
        case 62..<82:
            service.clock.advance(by: .milliseconds(Self.spans.randomElement(using: &random) ?? 0))
        case 82..<86: service.clock.jumpWall(by: .seconds(.random(in: -100_000...100_000, using: &random)))
        case 86..<89: try await forge()
        case 89..<92: try await lose()
        case 92..<94: try await restart()
        case 94..<96: try service.reload(grace: .milliseconds(Self.grace))
        case 96..<98: try await signIn()
        default: try await signOut()
        }
        // No session ends by itself: a wall clock that was set forward would end it at a start.
        for session in live.keys {
            #expect(service.accounts.sessions.peek(session, at: service.clock.now.steady) != nil)
        }
        let count = try await service.familyCount
        #expect(count == live.values.reduce(0) { $0 + $1.count })
    }

    private mutating func anySession() -> SessionID? {
        order.filter { live[$0] != nil }.randomElement(using: &random)
    }

    private mutating func anyFamily() -> ModelFamily? {
        if dead.isEmpty || Int.random(in: 0..<10, using: &random) > 0, let session = anySession() {
            // Mostly the youngest, so that chains grow.
            let families = live[session, default: []]
            return Bool.random(using: &random) ? families.last : families.randomElement(using: &random)
        }
        return dead.randomElement(using: &random)
    }

    private func text(_ family: ModelFamily, _ generation: Int64) throws -> String {
        RefreshToken(family.id, generation: generation, under: try #require(service.key)).text
    }

    private mutating func begin() async throws {
        guard let session = anySession() else { return try await signIn() }
        let text = try await service.accounts.refreshTokens.begin(for: session, at: service.clock.now)
        let token = try #require(text.flatMap { RefreshToken($0) })
        #expect((token.family.session, token.generation) == (session, 0))
        live[session, default: []].append(ModelFamily(id: token.family, rotatedAt: now))
        if live[session, default: []].count > 20 { dead.append(live[session, default: []].removeFirst()) }
    }

    /// A token of any age; the current one most of the time.
    private mutating func redeem() async throws {
        guard let family = anyFamily() else { return }
        let ages: [Int64] = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 5]
        let generation = max(0, family.generation - (ages.randomElement(using: &random) ?? 0))
        // A theft ends a session: not so often that none lives for long.
        if expected(family, generation) == .replayed, Int.random(in: 0..<4, using: &random) > 0 { return }
        try await redeem(family, generation)
    }

    /// What the rules say.
    private func expected(_ family: ModelFamily, _ generation: Int64) -> Expected {
        guard let known = live[family.id.session]?.first(where: { $0.id == family.id }) else {
            return .unknown
        }
        if generation == known.generation { return .renewed(generation + 1) }
        let isLate = now - known.rotatedAt > Self.grace
        return generation == known.generation - 1 && !isLate ? .renewed(known.generation) : .replayed
    }

    private mutating func redeem(_ family: ModelFamily, _ generation: Int64) async throws {
        let outcome = try await service.accounts.refreshTokens.redeem(
            try text(family, generation), at: service.clock.now)
        let expected = expected(family, generation)
        switch (outcome, expected) {
        case (.renewed(let session, let token), .renewed(let next)):
            #expect(session.id == family.id.session)
            #expect(try token == text(family, next))
            if next == generation + 1 { advance(family, from: generation) }
            renewals += 1
        case (.replayed(let session, let user), .replayed):
            #expect((session, user) == (family.id.session, service.user))
            dead += live.removeValue(forKey: session) ?? []
            replays += 1
        case (.unknown, .unknown): break
        default: Issue.record("\(outcome) in the place of \(expected)")
        }
    }

    private mutating func advance(_ family: ModelFamily, from generation: Int64) {
        let index = live[family.id.session]?.firstIndex { $0.id == family.id && $0.generation == generation }
        guard let index else { return }
        let now = now
        live[family.id.session]?[index].generation += 1
        live[family.id.session]?[index].rotatedAt = now
    }

    /// What nobody but the server can make, of a chain that lives.
    private mutating func forge() async throws {
        guard let family = anyFamily() else { return }
        let generation = family.generation + .random(in: -1...1, using: &random)
        let forged = RefreshToken(family.id, generation: max(0, generation), under: .random())
        try await service.expectUnknown(forged.text)
    }

    /// The store fails, before the commit or after it: the answer never comes.
    private mutating func lose() async throws {
        guard isDurable, let session = anySession(), let family = live[session]?.last else { return }
        let isCommitted = Bool.random(using: &random)
        service.store.once(isCommitted ? .after(.advanceFamily) : .before(.advanceFamily)) {
            throw StoreFailure(code: 10, operation: "failing")
        }
        let text = try text(family, family.generation)
        await #expect(throws: StoreFailure.self) {
            try await service.accounts.refreshTokens.redeem(text, at: service.clock.now)
        }
        if isCommitted { advance(family, from: family.generation) }
    }

    /// A crash, and a start with another steady clock.
    private mutating func restart() async throws {
        guard isDurable, service.key != nil else { return }
        try await service.restart(away: .seconds(.random(in: 0...100, using: &random)))
        // The key is read when it is needed.
        try await service.expectUnknown(
            RefreshToken(RefreshFamilyID(session: service.session), generation: 0, under: .random()).text)
        let now = now
        for session in order {
            for index in live[session, default: []].indices { live[session]?[index].rotatedAt = now }
        }
    }

    private mutating func signIn() async throws {
        let token = try await service.base.signIn("ada@example.org")
        live[SessionID(token)] = []
        order.append(SessionID(token))
    }

    private mutating func signOut() async throws {
        guard live.count > 1, let session = anySession() else { return }
        _ = try await service.accounts.signOut(session)
        dead += live.removeValue(forKey: session) ?? []
    }
}
