import Crypto
import TestSupport
import Testing

@testable import Auth

/// What clocks do, and how long a session lives after it: to the millisecond, one before and one past it.
///
/// While the server runs nothing counts but the time that passed, asleep or awake. After a restart the wall clock alone
/// can say how long that was: it may shorten what is left, and never makes it longer than a fresh session has.
@Suite struct ClockJumpTests {
    @Test(arguments: rows + jumpsWhileRunning) func livesAsLongAsItMay(row: ClockJump) async throws {
        let run = try await ClockJumpRun(row)
        switch row.left {
        case .never: #expect(run.lives(at: .seconds(100 * 365 * 86_400)))
        case .ended:
            #expect(!run.lives(at: .zero))
            #expect(!run.lives(at: .milliseconds(1)))
        case .after(let span):
            #expect(run.lives(at: .zero))
            #expect(run.lives(at: span - .milliseconds(1)))
            #expect(!run.lives(at: span))
            #expect(!run.lives(at: span + .milliseconds(1)))
        }
    }

    /// Setting the wall clock while the server runs changes nothing, whatever the session.
    private static let jumpsWhileRunning: [ClockJump] = ClockJump.Kind.allCases.flatMap { kind in
        [seconds(1), hours(1), days(1), years(1), years(100)].flatMap { span in
            [span, .zero - span].map { jump in
                ClockJump(
                    "set by \(jump)", kind, [.pass(minutes(1)), .wall(jump)], kind.fresh.less(minutes(1)))
            }
        }
    }

    private static func seconds(_ count: Int) -> Duration { .seconds(count) }
    private static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
    private static func hours(_ count: Int) -> Duration { .seconds(3_600 * count) }
    private static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
    private static func years(_ count: Int) -> Duration { days(365 * count) }
    private static let instant = Duration.milliseconds(1)

    private static let rows: [ClockJump] = [
        // Asleep: time like any other.
        ClockJump("asleep", .ordinary, [.pass(hours(1))], .after(hours(1))),
        ClockJump(
            "asleep almost for the idle timeout", .ordinary, [.pass(hours(2) - instant)], .after(instant)),
        ClockJump("asleep for the idle timeout", .ordinary, [.pass(hours(2))], .ended),
        ClockJump("asleep for longer", .ordinary, [.pass(days(1))], .ended),
        ClockJump("asleep, without idle timeout", .busy, [.pass(hours(11))], .after(hours(1))),
        ClockJump("asleep for the lifetime", .busy, [.pass(hours(12))], .ended),
        ClockJump("asleep, in memory", .memory, [.pass(hours(1))], .after(hours(1))),
        ClockJump("asleep for a year, without end", .endless, [.pass(years(1))], .never),
        ClockJump("asleep for 13 days, remembered", .remembered, [.pass(days(13))], .after(days(1))),
        ClockJump(
            "asleep, and set by the time server", .ordinary, [.pass(hours(1)), .wall(seconds(5))],
            .after(hours(1))),
        ClockJump("asleep, and set back", .ordinary, [.pass(hours(1)), .wall(days(-1))], .after(hours(1))),
        ClockJump("asleep, and set forward", .busy, [.pass(hours(1)), .wall(years(1))], .after(hours(11))),
        // Adjusted by little.
        ClockJump("slewed slow for 10 hours", .busy, [.slewed(hours(10), seconds(-18))], .after(hours(2))),
        ClockJump("slewed fast for 10 hours", .busy, [.slewed(hours(10), seconds(18))], .after(hours(2))),
        ClockJump(
            "a leap second", .busy, [.pass(hours(1)), .wall(seconds(-1)), .pass(hours(1))], .after(hours(10))),
        ClockJump("a leap second, smeared", .ordinary, [.slewed(hours(1), seconds(-1))], .after(hours(1))),
        // Checks.
        ClockJump(
            "a check after the clock went back", .ordinary, [.pass(hours(1)), .wall(years(-1)), .check],
            .after(hours(2))),
        ClockJump(
            "a check after it went forward", .ordinary, [.pass(hours(1)), .wall(years(1)), .check],
            .after(hours(2))),
        ClockJump(
            "checks put off the idle end, not the other", .ordinary,
            (0..<7).flatMap { _ in [.pass(minutes(100)), .check] }, .after(minutes(20))),
        ClockJump(
            "checks of a remembered one", .remembered,
            [.pass(days(13)), .check, .pass(days(13)), .check, .pass(days(3)), .check], .after(days(1))),
        ClockJump("a check at the end comes too late", .ordinary, [.pass(hours(2)), .check], .ended),
        // The process anew; the wall clock goes right. Nobody knows of the last 15 minutes before it: `saveInterval`.
        ClockJump("restart", .ordinary, [.restart()], .after(hours(2))),
        ClockJump(
            "restart of the process alone", .busy, [.pass(hours(1)), .restart(boots: false)],
            .after(hours(11))),
        ClockJump("restart within the doubt", .ordinary, [.restart(away: minutes(15))], .after(hours(2))),
        ClockJump(
            "restart past the doubt", .ordinary, [.restart(away: minutes(15) + instant)],
            .after(hours(2) - instant)),
        ClockJump("an hour away", .ordinary, [.restart(away: hours(1))], .after(minutes(75))),
        ClockJump(
            "away almost too long", .ordinary, [.restart(away: minutes(135) - instant)], .after(instant)),
        ClockJump("away too long", .ordinary, [.restart(away: minutes(135))], .ended),
        ClockJump(
            "away, without idle timeout", .busy, [.pass(hours(4)), .restart(away: hours(1))], .after(hours(7))
        ),
        ClockJump("away to the end", .busy, [.restart(away: hours(12))], .ended),
        ClockJump(
            "13 days away, remembered", .remembered, [.restart(away: days(13))], .after(days(1) + minutes(15))
        ),
        ClockJump("29 days away, remembered", .remembered, [.restart(away: days(29))], .ended),
        ClockJump("10 years away, without end", .endless, [.restart(away: years(10))], .never),
        ClockJump(
            "an hour away, without lifetime", .unlimited, [.restart(away: hours(1))], .after(minutes(75))),
        ClockJump("restart, in memory", .memory, [.restart()], .ended),
        ClockJump(
            "the doubt is given once", .ordinary, [.restart(away: hours(1)), .restart(away: hours(1))],
            .after(minutes(15))),
        ClockJump("stop after a check", .ordinary, [.pass(hours(1)), .check, .restart()], .after(hours(2))),
        ClockJump(
            "crash after a check", .ordinary, [.pass(hours(1)), .check, .restart(clean: false)],
            .after(minutes(75))),
        // The process anew, and the wall clock goes wrong.
        ClockJump(
            "set back at a restart", .busy, [.pass(hours(4)), .restart(jump: hours(-1))], .after(hours(9))),
        ClockJump(
            "set back a day at a restart", .busy, [.pass(hours(4)), .restart(jump: days(-1))],
            .after(hours(12))),
        ClockJump(
            "set back years at a restart", .remembered, [.pass(days(1)), .restart(jump: years(-9))],
            .after(days(14))),
        ClockJump(
            "set back at a restart, idle", .ordinary, [.pass(hours(1)), .restart(jump: days(-1))],
            .after(hours(2))),
        ClockJump(
            "set back at a restart, without lifetime", .unlimited, [.restart(jump: years(-1))],
            .after(hours(2))),
        ClockJump(
            "set forward at a restart", .busy, [.pass(hours(1)), .restart(jump: hours(10))], .after(hours(1))),
        ClockJump("set forward past the end", .busy, [.pass(hours(1)), .restart(jump: hours(11))], .ended),
        ClockJump("set forward at a restart, without end", .endless, [.restart(jump: years(1))], .never),
        ClockJump(
            "set back and, at the next restart, right", .busy,
            [.restart(jump: days(-1)), .pass(hours(1)), .restart(jump: days(1))], .after(hours(11))),
        // Wrong while it ran.
        ClockJump(
            "set forward and right again", .busy,
            [.wall(years(1)), .pass(hours(1)), .wall(years(-1)), .restart()], .after(hours(11))),
        ClockJump(
            "set back and right again", .busy,
            [.wall(years(-1)), .pass(hours(1)), .wall(years(1)), .restart()], .after(hours(11))),
        ClockJump(
            "checked in the future", .unlimited, [.wall(years(1)), .check, .restart(jump: years(-1))],
            .after(hours(2))),
        ClockJump(
            "began too early", .busy, [.wall(days(-1)), .signIn, .wall(days(1)), .pass(hours(1))],
            .after(hours(11))),
        ClockJump(
            "began too late", .busy, [.wall(days(1)), .signIn, .wall(days(-1)), .pass(hours(1)), .restart()],
            .after(hours(12))),
        ClockJump(
            "set back, then ended", .busy, [.wall(days(-1)), .pass(hours(12)), .upkeep, .restart()], .ended),
        ClockJump(
            "idle, then set back", .ordinary, [.pass(hours(2)), .upkeep, .restart(jump: days(-1))], .ended),
        ClockJump(
            "set forward, then cleaned", .busy, [.wall(years(1)), .upkeep, .pass(hours(1))], .after(hours(11))
        ),
    ]
}
