/// What is remembered of one account's, or one address's, failures: 32 octets.
///
/// `fullAt` says it all: each failure moves it one interval further (the generic cell rate algorithm, ITU-T I.371),
/// and what lies ahead of now, in intervals, is the number that still counts.
struct RateBucket: Sendable, Equatable {
    /// 0: nobody's.
    var key: UInt64 = 0
    /// When all is forgotten; milliseconds of the steady clock, as all times here.
    var fullAt: Int64 = 0
    /// Until when the delay lasts, where the allowance has delays; else what `RateTable.note` keeps.
    var heldUntil: Int64 = 0
    /// Tries whose end is not known yet. They count like failures until it is.
    var inFlight: Int32 = 0

    /// What becomes of a try.
    enum Decision: Sendable, Equatable {
        /// It may go on; the bucket holds a place for it.
        case admitted
        /// It depends on tries that are in flight.
        case undecided
        /// Not for so many milliseconds.
        case refused(wait: Int64)
    }

    /// Delays double from this one.
    static let firstDelay: Int64 = 1_000
    /// Failures past the burst that are remembered: more would only make forgetting longer.
    private static let mostPastBurst: Int64 = 17

    /// Failures that count, rounded up.
    func used(_ allowance: Allowance, at now: Int64) -> Int64 {
        guard fullAt > now else { return 0 }
        return (fullAt - now + allowance.interval - 1) / allowance.interval
    }

    /// What a try would be told.
    func decision(_ allowance: Allowance, at now: Int64) -> Decision {
        let (used, burst) = (used(allowance, at: now), Int64(allowance.burst))
        if used < burst { return used + Int64(inFlight) < burst ? .admitted : .undecided }
        let refill = fullAt - (burst - 1) * allowance.interval - now
        guard let longest = allowance.longestDelay else { return .refused(wait: refill) }
        guard heldUntil <= now else { return .refused(wait: min(refill, heldUntil - now)) }
        // After a delay one try at a time.
        return inFlight == 0 ? .admitted : .refused(wait: min(refill, longest, Self.firstDelay))
    }

    /// Brings what was counted under another allowance, before a reload, to what this one remembers at most.
    mutating func settle(_ allowance: Allowance, at now: Int64) {
        fullAt = min(fullAt, now + (Int64(allowance.burst) + Self.mostPastBurst) * allowance.interval)
        if let longest = allowance.longestDelay { heldUntil = min(heldUntil, now + longest) }
    }

    /// A try that was admitted has failed.
    mutating func fail(_ allowance: Allowance, at now: Int64) {
        let past = used(allowance, at: now) + 1 - Int64(allowance.burst)
        fullAt = max(fullAt, now) + allowance.interval
        settle(allowance, at: now)
        if let longest = allowance.longestDelay, past >= 0 {
            heldUntil = now + min(longest, Self.firstDelay << min(past, 30))
        }
    }

    /// Whether it says nothing any more.
    func isIdle(at now: Int64) -> Bool { key == 0 || fullAt <= now && inFlight == 0 }
}
