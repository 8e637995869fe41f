import Auth

/// How often passwords and other things may be tried (docs/OPERATIONS.md, "Rate limits").
public struct RateLimiting: Sendable, Equatable {
    /// Whether there are limits at all.
    public var enabled = true
    /// Failed sign-ins to one account.
    public var account = AccountLimit()
    /// Failures from one IPv4 address or IPv6 /64.
    public var source = Limit(burst: 200, perHour: 3_600)
    /// Registrations and requests for a reset from one IPv4 address or IPv6 /64.
    public var requests = Limit(burst: 5_000, perHour: 3_600)
    /// Requests for a reset of one account.
    public var resets = Limit(burst: 20, perHour: 60)
    /// Failed sign-ins of all strangers together.
    public var global = Limit(burst: 1_000, perHour: 180_000)

    /// So many at once, and so many more in each hour.
    public struct Limit: Sendable, Equatable {
        /// At once.
        public var burst: Int
        /// An hour.
        public var perHour: Int
    }

    /// The limit of an account, past which each further failure doubles a delay.
    public struct AccountLimit: Sendable, Equatable {
        /// At once.
        public var burst = 20
        /// An hour.
        public var perHour = 4
        /// Seconds; the delays begin at one.
        public var longestDelay = 900
    }

    /// In Auth's terms.
    var policy: RateLimitPolicy? {
        guard enabled else { return nil }
        func allowance(_ limit: Limit) -> Allowance { Allowance(burst: limit.burst, perHour: limit.perHour) }
        var policy = RateLimitPolicy()
        policy.account = Allowance(
            burst: account.burst, perHour: account.perHour, longestDelay: .seconds(account.longestDelay))
        policy.source = allowance(source)
        policy.requests = allowance(requests)
        policy.resets = allowance(resets)
        policy.global = allowance(global)
        return policy
    }
}
