import HTTP
import Testing

@testable import Server

@Suite struct ConnectionCensusTests {
    private func census(total: Int = 100, perAddress: Int = 100) -> ConnectionCensus {
        var limits = ConnectionLimits()
        limits.total = total
        limits.perAddress = perAddress
        return ConnectionCensus(limits)
    }

    @Test func oneTooManyIsRefusedUntilOneLeaves() {
        let census = census(total: 3)
        for number in 1...3 { #expect(census.enter(.v4(UInt32(number)))) }
        #expect(!census.enter(.v4(4)))
        census.leave(.v4(2))
        #expect(census.enter(.v4(4)))
        #expect(!census.enter(.v4(5)))
    }

    @Test func countsByAddress() {
        let census = census(perAddress: 2)
        #expect(census.enter(.v4(1)) && census.enter(.v4(1)))
        #expect(!census.enter(.v4(1)))
        #expect(census.enter(.v4(2)))
        census.leave(.v4(1))
        #expect(census.enter(.v4(1)))
        #expect(!census.enter(.v4(1)))
    }

    @Test func oneNetworkOfIPv6IsOneAddress() {
        let census = census(perAddress: 2)
        #expect(census.enter(.v6(7, 1)) && census.enter(.v6(7, 2)))
        #expect(!census.enter(.v6(7, 3)))
        #expect(census.enter(.v6(8, 3)))
        census.leave(.v6(7, 2))
        #expect(census.enter(.v6(7, 9)))
    }

    @Test func theRefusedAreNotCounted() {
        let census = census(total: 5, perAddress: 1)
        #expect(census.enter(.v4(1)))
        for _ in 0..<100 { #expect(!census.enter(.v4(1))) }
        for number in 2...5 { #expect(census.enter(.v4(UInt32(number)))) }
    }

    @Test func sixteenAtOnceAreToldThatTheyAreTooMany() {
        let census = census(total: 1)
        for _ in 1...16 { #expect(census.enterSurplus()) }
        for _ in 1...50 { #expect(!census.enterSurplus()) }
        census.leaveSurplus()
        #expect(census.enterSurplus() && !census.enterSurplus())
        #expect(census.count == 0)
    }

    @Test func pressureBeginsAboveFourFifths() {
        let census = census(total: 10)
        for number in 1...8 { _ = census.enter(.v4(UInt32(number))) }
        #expect(!census.isUnderPressure)
        #expect(census.enter(.v4(9)))
        #expect(census.isUnderPressure)
    }
}
