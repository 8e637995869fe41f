import Auth
import Telemetry
import TestSupport
import Testing

@testable import App

@Suite struct HousekeepingTests {
    private func trusted(after steady: Int64, wall: Int64) throws -> Int64 {
        let start = Moment(wall: WallTime(milliseconds: 1_000_000), steady: SteadyTime(milliseconds: 500))
        let service = try ApplicationService()
        let housekeeping = Housekeeping(
            accounts: service.accounts, logger: .silent, overload: OverloadLog(logger: .silent), start: start)
        let now = Moment(
            wall: WallTime(milliseconds: wall), steady: SteadyTime(milliseconds: 500 + steady))
        return housekeeping.trustedWall(at: now).milliseconds
    }

    @Test func trustsAClockThatGoesAlong() throws {
        #expect(try trusted(after: 0, wall: 1_000_000) == 1_000_000)
        #expect(try trusted(after: 60_000, wall: 1_060_000) == 1_060_000)
    }

    /// Rows of sessions that still live must not be deleted for a mistake that is corrected later.
    @Test func doesNotTrustAClockThatWasSetForward() throws {
        #expect(try trusted(after: 60_000, wall: 9_999_999_999) == 1_060_000)
    }

    @Test func goesBackWithAClockThatWasSetBack() throws {
        #expect(try trusted(after: 60_000, wall: 5) == 5)
    }
}
