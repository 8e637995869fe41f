/// How long a session lives and where it is kept.
public struct SessionPolicy: Sendable, Equatable {
    /// From sign-in, whatever the activity; nil: never ends. Default 12 hours: one working day.
    public var lifetime: Duration?
    /// Whether sessions survive a restart. Default true.
    public var isDurable: Bool

    /// A policy.
    public init(lifetime: Duration? = .seconds(43_200), isDurable: Bool = true) {
        self.lifetime = lifetime
        self.isDurable = isDurable
    }
}
