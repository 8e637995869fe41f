/// How long to wait after failures: twice as long after each, so that a server that comes back is not overrun.
struct Backoff: Sendable {
    /// After the first failure.
    static let shortest = Duration.seconds(1)
    /// After many.
    static let longest = Duration.seconds(300)

    /// A number from 0 to 1: spreads the senders of many machines.
    let random: @Sendable () -> Double

    /// The pause after so many failures in a row: from half of its time to all of it.
    func pause(after failures: Int) -> Duration {
        let doubled = failures > 16 ? Self.longest : Self.shortest * (1 << max(0, failures - 1))
        return min(doubled, Self.longest) * (0.5 + random() / 2)
    }
}
