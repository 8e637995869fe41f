/// How long sessions live and where they are kept.
public struct SessionPolicy: Sendable, Equatable {
    /// From sign-in, whatever the activity; nil: never ends. Default 12 hours: one working day.
    public var lifetime: Duration?
    /// Since the last request; nil: the lifetime alone counts. Default 2 hours.
    public var idleTimeout: Duration?
    /// The lifetime of sessions whose user asked to be remembered. Default 30 days.
    public var rememberedLifetime: Duration?
    /// Their idle timeout. Default 14 days.
    public var rememberedIdleTimeout: Duration?
    /// Whether sessions survive a restart. Default true.
    public var isDurable: Bool
    /// Sessions of one user; past it the oldest ends. Default 20.
    public var mostPerUser: Int

    /// A policy.
    public init(
        lifetime: Duration? = .seconds(43_200), idleTimeout: Duration? = .seconds(7_200),
        rememberedLifetime: Duration? = .seconds(2_592_000),
        rememberedIdleTimeout: Duration? = .seconds(1_209_600), isDurable: Bool = true, mostPerUser: Int = 20
    ) {
        self.lifetime = lifetime
        self.idleTimeout = idleTimeout
        self.rememberedLifetime = rememberedLifetime
        self.rememberedIdleTimeout = rememberedIdleTimeout
        self.isDurable = isDurable
        self.mostPerUser = mostPerUser
    }

    func lifetime(remembered: Bool) -> Duration? { remembered ? rememberedLifetime : lifetime }

    var idle: IdleTimeouts {
        IdleTimeouts(
            ordinary: idleTimeout?.wholeMilliseconds ?? .max,
            remembered: rememberedIdleTimeout?.wholeMilliseconds ?? .max)
    }

    /// How far what the disk knows of the last request may be behind: an eighth of the shorter idle timeout, at most
    /// 15 minutes. So much is a session given after a restart, since nobody knows whether it was used meanwhile.
    public var saveInterval: Duration {
        let eighth = min(idle.ordinary, idle.remembered) / 8
        return .milliseconds(min(max(eighth, 1_000), 900_000))
    }
}
