import Auth
import Glibc

/// The only clock in the house. Below App time is a parameter.
enum SystemClock {
    /// Both clocks.
    static func now() -> Moment {
        Moment(
            wall: WallTime(milliseconds: nanoseconds(CLOCK_REALTIME) / 1_000_000),
            steady: SteadyTime(milliseconds: nanoseconds(CLOCK_BOOTTIME) / 1_000_000))
    }

    /// For measuring how long something took.
    static func microseconds() -> Int64 {
        nanoseconds(CLOCK_MONOTONIC) / 1_000
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
