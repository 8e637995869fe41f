/// Wall-clock time: whole milliseconds since 1970-01-01T00:00:00Z. For what is stored and shown.
public struct WallTime: Sendable, Hashable, Comparable {
    /// Milliseconds since the epoch.
    public var milliseconds: Int64

    /// From milliseconds since the epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Whole seconds since the epoch, rounded down.
    public var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000 }

    /// Earlier.
    public static func < (a: WallTime, b: WallTime) -> Bool { a.milliseconds < b.milliseconds }
    /// A time this much later.
    public static func + (time: WallTime, span: Duration) -> WallTime {
        WallTime(milliseconds: time.milliseconds + span.wholeMilliseconds)
    }
}

/// A clock that only moves forward, also while the machine sleeps (CLOCK_BOOTTIME). For deadlines in memory:
/// a jump of the wall clock neither kills nor immortalises a session.
public struct SteadyTime: Sendable, Hashable, Comparable {
    /// Milliseconds since the machine started.
    public var milliseconds: Int64

    /// From milliseconds since the machine started.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Later than any time that comes.
    static let never = SteadyTime(milliseconds: .max)

    /// Earlier.
    public static func < (a: SteadyTime, b: SteadyTime) -> Bool { a.milliseconds < b.milliseconds }
    /// A time this much later.
    public static func + (time: SteadyTime, span: Duration) -> SteadyTime {
        SteadyTime(milliseconds: time.milliseconds + span.wholeMilliseconds)
    }

    /// A time this many milliseconds later; `never` when they are `.max` or the sum is too large.
    func later(by span: Int64) -> SteadyTime {
        let (sum, isTooLarge) = milliseconds.addingReportingOverflow(span)
        return isTooLarge || span == .max ? .never : SteadyTime(milliseconds: sum)
    }
}

/// Both clocks, read together. Nobody below App reads a clock: a moment is always a parameter.
public struct Moment: Sendable, Hashable {
    /// For what is stored and shown.
    public var wall: WallTime
    /// For deadlines in memory.
    public var steady: SteadyTime

    /// Both clocks at one instant.
    public init(wall: WallTime, steady: SteadyTime) {
        self.wall = wall
        self.steady = steady
    }
}

extension Duration {
    /// Rounded down to milliseconds.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
