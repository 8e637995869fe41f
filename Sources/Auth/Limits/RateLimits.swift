public import HTTP

/// The guard before every password and everything else that can be tried again and again (docs/adr/0016).
///
/// A refused try costs nothing: no hash, no token, no longer delay for anybody. A place is taken before the hash and
/// given back unless the try fails, so that parallel tries get no more than others, and right passwords are never
/// refused for their number.
public struct RateLimits: Sendable {
    /// Nil: no limits.
    public let policy: RateLimitPolicy?
    /// What a reload keeps.
    public let counters: RateCounters
    private let clock: @Sendable () -> SteadyTime

    /// Limits; `clock` is asked when a try begins and when it ends.
    public init(
        _ policy: RateLimitPolicy?, counters: RateCounters = RateCounters(),
        clock: @escaping @Sendable () -> SteadyTime
    ) {
        self.policy = policy
        self.counters = counters
        self.clock = clock
    }

    /// No limits.
    public static var off: RateLimits { RateLimits(nil, counters: RateCounters(buckets: 1)) { .never } }

    /// How long an address from which a right password came is known by it. Default 30 days, while the process runs.
    private static let familiarity = Allowance(burst: 1, interval: 30 * 86_400_000)

    // MARK: Passwords

    /// Verifies a password by `body`, unless there were too many tries: `TooManyTries`. What is thrown counts as nothing.
    func verifying<Outcome>(
        _ email: String, from source: SignInSource, failsIf hasFailed: (Outcome) -> Bool,
        _ body: () async throws -> Outcome
    ) async throws -> Outcome {
        guard let policy else { return try await body() }
        // As the stores compare them: another spelling of an address is no other account. One that is none has a
        // bucket all the same.
        let email = EmailAddress(email)?.key ?? email
        let pair = source.address.isOfOneClient ? counters.place(of: .pair(source.address, email)) : nil
        let bySource = pair == nil ? [] : [lane("source", .source(source.address), policy.source)]
        let turn: [Lane]
        var isStranger = false
        if let session = source.session {
            // Its own count: others' guesses do not keep the owner from a new password, and whoever has stolen it
            // guesses no more often than a stranger, from whatever addresses.
            turn = [lane("account", .session(session), policy.account)]
        } else if let device = source.device {
            turn = [lane("account", .device(device, email), policy.account)]
        } else if let pair, source.isFamiliar {
            // The address still counts: others may share it, who try the accounts of all that do.
            turn = bySource + [Lane("account", counters.accounts, pair, policy.account)]
        } else {
            if let wait = counters.wait(policy.global, at: now) {
                throw TooManyTries("global", policy.global, wait: wait)
            }
            isStranger = true
            turn = bySource + [lane("account", .account(email), policy.account)]
        }
        let outcome = try await holding(turn, failsIf: hasFailed, body)
        if hasFailed(outcome), isStranger { counters.fail(policy.global, at: now) }
        return outcome
    }

    /// A right password of this user came from there.
    public func remember(_ user: User, at address: PeerAddress) {
        guard policy != nil, address.isOfOneClient else { return }
        let pair = counters.place(of: .pair(address, user.email.key))
        counters.familiar.note(KnownDevice.credential(of: user), for: pair, Self.familiarity, at: now)
    }

    /// What is remembered of an account with this address there; nil: nothing.
    func remembered(_ email: EmailAddress, at address: PeerAddress) -> UInt64? {
        guard policy != nil, address.isOfOneClient else { return nil }
        return counters.familiar.noted(of: counters.place(of: .pair(address, email.key)), at: now)
    }

    /// Where failures of this account from there are counted once its password came from there; 0: nowhere.
    func familiarPlace(of email: EmailAddress, at address: PeerAddress) -> UInt64 {
        guard policy != nil else { return 0 }
        return counters.place(
            of: address.isOfOneClient ? .pair(address, email.key) : .account(email.key))
    }

    /// Whether a try at this place (`familiarPlace`) would be refused, tries in flight included: then a right password
    /// must not be told from a wrong one without a try of its own.
    func isFull(_ place: UInt64, from address: PeerAddress) -> Bool {
        guard let policy, place != 0 else { return false }
        let now = now
        if counters.accounts.load(of: place, policy.account, at: now) >= policy.account.burst { return true }
        guard address.isOfOneClient else { return counters.wait(policy.global, at: now) != nil }
        let source = counters.place(of: .source(address))
        return counters.sources.load(of: source, policy.source, at: now) >= policy.source.burst
    }

    // MARK: Other things to try

    /// Counts a registration. Throws `TooManyTries`.
    public func registering(from address: PeerAddress) throws {
        guard let policy, address.isOfOneClient else { return }
        try charge("requests", counters.sources, .requests(address), policy.requests)
    }

    /// Counts a request for a reset token, whether or not there is such an account. Throws `TooManyTries`.
    public func askingReset(_ email: String, from address: PeerAddress) throws {
        try registering(from: address)
        guard let policy else { return }
        let email = EmailAddress(email)?.key ?? email
        try charge("resets", counters.accounts, .resets(email), policy.resets)
    }

    /// Counts an API key that opens nothing. Throws `TooManyTries`. Not against an account, as with reset tokens.
    func failing(from address: PeerAddress) throws {
        guard let policy, address.isOfOneClient else { return }
        try charge("source", counters.sources, .source(address), policy.source)
    }

    /// Uses a reset token by `body`; nil is a failure. Throws `TooManyTries`. Only addresses are counted, not accounts:
    /// nobody guesses 256 bits, and nobody shall keep an owner from using a token.
    public func usingReset<T>(from address: PeerAddress, _ body: () async throws -> T?) async throws -> T? {
        guard let policy, address.isOfOneClient else { return try await body() }
        let turn = [lane("source", .source(address), policy.source)]
        return try await holding(turn, failsIf: { $0 == nil }, body)
    }

    // MARK: -

    private var now: Int64 { clock().milliseconds }

    private func charge(
        _ name: String, _ table: RateTable, _ subject: RateCounters.Subject, _ allowance: Allowance
    ) throws {
        let decision = table.charge(counters.place(of: subject), allowance, at: now)
        if case .refused(let wait) = decision { throw TooManyTries(name, allowance, wait: wait) }
    }

    /// One limit that a try has to pass.
    private struct Lane {
        let name: String
        let table: RateTable
        let key: UInt64
        let allowance: Allowance

        init(_ name: String, _ table: RateTable, _ key: UInt64, _ allowance: Allowance) {
            self.name = name
            self.table = table
            self.key = key
            self.allowance = allowance
        }
    }

    private func lane(_ name: String, _ subject: RateCounters.Subject, _ allowance: Allowance) -> Lane {
        let table = if case .source = subject { counters.sources } else { counters.accounts }
        return Lane(name, table, counters.place(of: subject), allowance)
    }

    /// Runs `body` with a place in each lane. They are entered in one order, so nobody waits in a circle.
    private func holding<T>(
        _ lanes: [Lane], failsIf hasFailed: (T) -> Bool, _ body: () async throws -> T
    ) async throws -> T {
        var entered: [Lane] = []
        func leave(hasFailed: Bool) {
            for lane in entered.reversed() {
                lane.table.leave(lane.key, lane.allowance, hasFailed: hasFailed, at: now)
            }
        }
        do {
            for lane in lanes {
                let decision = try await lane.table.enter(lane.key, lane.allowance) { now }
                if case .refused(let wait) = decision {
                    throw TooManyTries(lane.name, lane.allowance, wait: wait)
                }
                entered.append(lane)
            }
            let result = try await body()
            leave(hasFailed: hasFailed(result))
            return result
        } catch {
            leave(hasFailed: false)
            throw error
        }
    }
}

extension PeerAddress {
    /// Not a Unix-domain socket, behind which there may be a proxy with all clients, nor one that was not learnt.
    fileprivate var isOfOneClient: Bool {
        switch self {
        case .v4, .v6: true
        case .unix, .unknown: false
        }
    }
}
