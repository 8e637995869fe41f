public import Auth
import Workers

/// A clock that moves when the test says so.
public final class ManualClock: Sendable {
    private let moment: Locked<Moment>

    /// Starts at 2025-01-01T00:00:00Z, one hour after the machine did.
    public init(
        wall: WallTime = WallTime(milliseconds: 1_735_689_600_000),
        steady: SteadyTime = SteadyTime(milliseconds: 3_600_000)
    ) {
        moment = Locked(Moment(wall: wall, steady: steady))
    }

    /// What both clocks show.
    public var now: Moment { moment.withLock { $0 } }

    /// Lets time pass, on both clocks.
    public func advance(by span: Duration) {
        precondition(span >= .zero, "the steady clock only moves forward")
        moment.withLock { moment in
            moment.wall = moment.wall + span
            moment.steady = moment.steady + span
        }
    }

    /// Sets the wall clock alone, as an operator or a time server does, forward or back.
    public func jumpWall(by span: Duration) {
        moment.withLock { $0.wall = $0.wall + span }
    }
}
