import Crypto
import TestSupport
import Testing

@testable import Auth

/// One row of the table: a session, what the clocks do, and how long it lives after that.
struct ClockJump: Sendable, CustomTestStringConvertible {
    /// What sessions there are.
    enum Kind: CaseIterable {
        /// 12 hours, 2 hours idle.
        case ordinary
        /// 30 days, 14 days idle.
        case remembered
        /// 12 hours, used or not.
        case busy
        /// 2 hours idle, no lifetime.
        case unlimited
        /// Neither.
        case endless
        /// As ordinary, in memory only.
        case memory

        var policy: SessionPolicy {
            SessionPolicy(
                lifetime: self == .unlimited || self == .endless ? nil : .seconds(12 * 3_600),
                idleTimeout: self == .busy || self == .endless ? nil : .seconds(2 * 3_600),
                rememberedLifetime: .seconds(30 * 86_400), rememberedIdleTimeout: .seconds(14 * 86_400),
                isDurable: self != .memory)
        }

        /// What a new one has.
        var fresh: Left {
            switch self {
            case .ordinary, .unlimited, .memory: .after(.seconds(2 * 3_600))
            case .remembered: .after(.seconds(14 * 86_400))
            case .busy: .after(.seconds(12 * 3_600))
            case .endless: .never
            }
        }
    }

    enum Step {
        /// Where it is not first of all.
        case signIn
        /// Time, asleep or awake.
        case pass(Duration)
        /// Time, in which the wall clock goes so much further.
        case slewed(Duration, Duration)
        /// The wall clock is set.
        case wall(Duration)
        case check
        /// What the server does every second.
        case upkeep
        /// An end, orderly or not; so much later a start, of the machine too or of the process alone.
        case restart(clean: Bool = true, away: Duration = .zero, jump: Duration = .zero, boots: Bool = true)
    }

    enum Left: Equatable {
        case never, ended
        case after(Duration)

        func less(_ span: Duration) -> Left {
            if case .after(let left) = self { .after(left - span) } else { self }
        }
    }

    let name: String
    let kind: Kind
    let steps: [Step]
    let left: Left

    init(_ name: String, _ kind: Kind, _ steps: [Step], _ left: Left) {
        (self.name, self.kind, self.steps, self.left) = (name, kind, steps, left)
    }

    var testDescription: String { "\(name) (\(kind))" }
}

/// A row that was played to its end.
struct ClockJumpRun {
    private var service: TestAccounts
    private var clock = ManualClock()
    private var token: SecretToken?

    init(_ row: ClockJump) async throws {
        var policy = AccountPolicy()
        policy.sessions = row.kind.policy
        service = try TestAccounts(policy)
        _ = try await service.register("ada@example.org")
        let signsInLater = row.steps.contains { if case .signIn = $0 { true } else { false } }
        for step in (signsInLater ? [] : [.signIn]) + row.steps { try await take(step, row.kind, policy) }
    }

    private mutating func take(
        _ step: ClockJump.Step, _ kind: ClockJump.Kind, _ policy: AccountPolicy
    ) async throws {
        switch step {
        case .signIn:
            let terms = SignInTerms(isRemembered: kind == .remembered)
            let account = try await service.account("ada@example.org")
            token = try await service.accounts.signIn(account, terms, at: clock.now)?.token
        case .pass(let span): clock.advance(by: span)
        case .slewed(let span, let further):
            for _ in 0..<100 {
                clock.advance(by: span / 100)
                clock.jumpWall(by: further / 100)
            }
        case .wall(let span): clock.jumpWall(by: span)
        case .check:
            if let token { _ = service.accounts.sessions.find(SessionID(token), at: clock.now.steady) }
        case .upkeep:
            _ = service.accounts.sweepSessions(at: clock.now)
            try await service.accounts.deleteStaleRows()
        case .restart(let clean, let away, let jump, let boots):
            if clean { try await service.accounts.saveSeen(every: nil, at: clock.now) }
            clock.advance(by: away)
            clock.jumpWall(by: jump)
            if boots { clock = ManualClock(wall: clock.now.wall, steady: SteadyTime(milliseconds: 5)) }
            service = try TestAccounts(policy, store: service.store)
            try await service.accounts.restoreSessions(at: clock.now)
        }
    }

    /// Whether the session would be found so much later.
    func lives(at span: Duration) -> Bool {
        guard let token else { return false }
        return service.accounts.sessions.peek(SessionID(token), at: clock.now.steady + span) != nil
    }
}
