/// The keys of session tickets: one that seals, for a lifetime, and the one before, which opens for one more. So each
/// ticket can be opened for a lifetime at least, and none after two. A value without a clock of its own.
struct TicketKeyRing {
    /// How long a key seals.
    var lifetime: Duration
    private(set) var current = TicketKey()
    private(set) var previous: TicketKey?
    /// When the current key began to seal.
    private var since: ContinuousClock.Instant

    init(lifetime: Duration, at now: ContinuousClock.Instant) {
        self.lifetime = lifetime
        since = now
    }

    /// Goes on to the next key when it is time, and drops what is too old. Before every look at the keys.
    mutating func turn(at now: ContinuousClock.Instant) {
        let age = now - since
        guard age >= lifetime else { return }
        // Nobody looked for long: then the current key is too old as well.
        let isInTime = age < lifetime * 2
        previous = isInTime ? current : nil
        since = isInTime ? since + lifetime : now
        current = TicketKey()
    }
}
