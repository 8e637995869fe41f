/// How often something may be done: so many times at once, and once more for each interval.
public struct Allowance: Sendable, Equatable {
    /// Times at once; at least 1.
    public let burst: Int
    /// Milliseconds until one of them is forgotten; at least 1.
    let interval: Int64
    /// Milliseconds; set where each failure past the burst doubles a delay, from one second up to this one.
    let longestDelay: Int64?

    /// An allowance; `perHour` is at most 3,600,000.
    public init(burst: Int, perHour: Int, longestDelay: Duration? = nil) {
        self.burst = max(1, burst)
        interval = max(1, 3_600_000 / Int64(max(1, perHour)))
        self.longestDelay = longestDelay?.wholeMilliseconds
    }

    init(burst: Int, interval: Int64) {
        self.burst = burst
        self.interval = interval
        longestDelay = nil
    }

    /// Seconds in which a whole burst is forgotten, rounded up.
    var window: Int { Int((Int64(burst) * interval + 999) / 1_000) }
}

/// How much guessing is put up with (docs/adr/0016).
public struct RateLimitPolicy: Sendable, Equatable {
    /// Failed sign-ins to one account, from devices and addresses that nothing good is known of; and, each counted
    /// alone, from every one that was signed in from before. Default 20 at once, 4 an hour, delays up to 15 minutes.
    public var account = Allowance(burst: 20, perHour: 4, longestDelay: .seconds(900))
    /// Failures from one IPv4 address or IPv6 /64. Default 200 at once, one a second.
    public var source = Allowance(burst: 200, perHour: 3_600)
    /// Registrations and requests for a reset from one IPv4 address or IPv6 /64. Default 5,000 at once, one a second.
    public var requests = Allowance(burst: 5_000, perHour: 3_600)
    /// Requests for a reset of one account. Default 20 at once, one a minute.
    public var resets = Allowance(burst: 20, perHour: 60)
    /// Failed sign-ins from everywhere that nothing good is known of. Default 1,000 at once, 50 a second.
    public var global = Allowance(burst: 1_000, perHour: 180_000)

    /// The defaults.
    public init() {}
}

/// The client has tried too often: 429 with when to try again.
public struct TooManyTries: Error, Sendable, Equatable {
    /// Which limit it was: account, source, requests, resets or global.
    public let limit: String
    /// Tries that are put up with in `window` seconds.
    public let quota: Int
    /// Seconds in which as many are forgotten.
    public let window: Int
    /// Seconds after which another try is looked at, rounded up; at least 1.
    public let retryAfter: Int

    init(_ limit: String, _ allowance: Allowance, wait milliseconds: Int64) {
        self.limit = limit
        quota = allowance.burst
        window = allowance.window
        retryAfter = Int(max(1, (milliseconds + 999) / 1_000))
    }
}
