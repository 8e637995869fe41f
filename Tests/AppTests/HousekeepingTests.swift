import Auth
import Crypto
import Telemetry
import TestSupport
import Testing
import Workers

@testable import App

@Suite struct HousekeepingTests {
    private func trusted(after steady: Int64, wall: Int64) throws -> Int64 {
        try trusted([(steady, wall)])
    }

    /// What is trusted at the last of these ticks.
    private func trusted(_ ticks: [(steady: Int64, wall: Int64)]) throws -> Int64 {
        let start = Moment(wall: WallTime(milliseconds: 1_000_000), steady: SteadyTime(milliseconds: 500))
        let service = try ApplicationService()
        let housekeeping = Housekeeping(
            accounts: service.accounts, logger: .silent, overload: OverloadLog(logger: .silent), start: start)
        var last = start.wall
        for (steady, wall) in ticks {
            last = housekeeping.trustedWall(
                at: Moment(
                    wall: WallTime(milliseconds: wall), steady: SteadyTime(milliseconds: 500 + steady)))
        }
        return last.milliseconds
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

    /// Who signed in meanwhile has a row that seems to have expired long ago.
    @Test func staysBackWhenTheClockIsCorrected() throws {
        #expect(try trusted([(60_000, 5), (61_000, 1_005), (62_000, 1_062_000)]) == 2_005)
        #expect(try trusted([(60_000, 9_999_999_999), (62_000, 1_062_000)]) == 1_062_000)
    }

    /// To trim is work on all heaps: not for the few that end in any second.
    @Test(arguments: [(1_000, 0), (Housekeeping.crowd - 1, 0), (Housekeeping.crowd + 1_000, 1)])
    func tellsTheAllocatorOfACrowdAlone(sessions: Int, times: Int) async throws {
        let told = Locked((holds: 0, returns: 0))
        let service = try ApplicationService()
        let user = try await service.accounts.register(
            email: "ada@example.org", password: "correct horse", at: SystemClock.now())
        let now = SystemClock.now()
        for _ in 0..<sessions {
            service.accounts.sessions.insert(
                NewSession(
                    id: SessionID(.random()), user: user, createdAt: now.wall, authenticatedAt: now.steady,
                    endsAt: now.steady))
        }
        let housekeeping = Housekeeping(
            accounts: service.accounts, logger: .silent, overload: OverloadLog(logger: .silent), start: now,
            heap: Housekeeping.Heap(
                hold: { told.withLock { $0.holds += 1 } }, giveBack: { told.withLock { $0.returns += 1 } }))
        while housekeeping.tick() {}
        #expect(service.accounts.sessions.count == 0)
        #expect(told.withLock { $0 } == (times, times))
    }
}
