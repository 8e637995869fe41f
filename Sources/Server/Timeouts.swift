/// How long a client may take, in whole seconds. Each is a total for its phase, not a pause between two bytes: to
/// send one byte now and then does not help. Kept by a tick a second, so up to one second more.
public struct Timeouts: Sendable, Equatable {
    /// From the connection, or the first byte of a further request, to the end of the head; past it 408. Default 10.
    public var head = 10
    /// From the end of the head to the end of the body; past it 408. Default 30.
    public var body = 30
    /// Octets a second that a body must come with, after the first five seconds; below it 408. Default 500.
    public var bodyRate = 500
    /// Between two requests; past it the connection is closed. Default 30.
    public var idle = 30
    /// The same while the connections are about to run out. Default 5.
    public var idleUnderPressure = 5
    /// For the handler; past it 503. Default 30: longer than the longest queue for hashing.
    public var handling = 30
    /// Without a byte of the answer taken; past it the connection is reset. Default 10.
    public var writeStall = 10

    /// The defaults.
    public init() {}
}
