import Testing

@testable import Server

@Suite struct PatienceTests {
    private let timeouts = Timeouts()

    /// The verdict after `elapsed` seconds of a phase.
    private func verdict(
        _ phase: Patience.Phase, after elapsed: Int, received: Int = 0, isUnderPressure: Bool = false
    ) -> Patience.Verdict {
        var patience = Patience(phase, at: 100)
        return patience.verdict(
            at: 100 + elapsed, timeouts, isUnderPressure: isUnderPressure, received: received, unwritten: 1)
    }

    @Test(arguments: [
        (Patience.Phase.request(isFirst: true), 10, Patience.Verdict.close),
        (.request(isFirst: false), 30, .close), (.head, 10, .requestTimeout), (.handler, 30, .handlerTimeout),
    ])
    func endsAtTheLimitAndNotASecondBefore(_ phase: Patience.Phase, limit: Int, end: Patience.Verdict) {
        #expect(verdict(phase, after: limit - 1) == .goOn)
        #expect(verdict(phase, after: limit) == end)
        #expect(verdict(phase, after: limit + 1_000) == end)
    }

    @Test func underPressureIdleClientsMakeRoomSooner() {
        for isFirst in [true, false] {
            #expect(verdict(.request(isFirst: isFirst), after: 4, isUnderPressure: true) == .goOn)
            #expect(verdict(.request(isFirst: isFirst), after: 5, isUnderPressure: true) == .close)
        }
        #expect(verdict(.head, after: 9, isUnderPressure: true) == .goOn)
    }

    @Test func aBodyNeedsItsRateAfterFiveSeconds() {
        #expect(verdict(.body, after: 5, received: 0) == .goOn)
        #expect(verdict(.body, after: 6, received: 2_999) == .requestTimeout)
        #expect(verdict(.body, after: 6, received: 3_000) == .goOn)
        #expect(verdict(.body, after: 29, received: 14_500) == .goOn)
        #expect(verdict(.body, after: 30, received: 1_000_000) == .requestTimeout)
    }

    @Test func anAnswerIsGivenUpWhenNothingOfItIsTaken() {
        var patience = Patience(.writing, at: 0)
        func verdict(at now: Int, unwritten: Int) -> Patience.Verdict {
            patience.verdict(at: now, timeouts, isUnderPressure: false, received: 0, unwritten: unwritten)
        }
        #expect(verdict(at: 1, unwritten: 900) == .goOn)
        #expect(verdict(at: 9, unwritten: 900) == .goOn)
        #expect(verdict(at: 10, unwritten: 899) == .goOn)
        #expect(verdict(at: 19, unwritten: 899) == .goOn)
        #expect(verdict(at: 20, unwritten: 899) == .abort)
    }

    @Test func theSamePhaseGoesOnAndAnotherBeginsAnew() {
        var patience = Patience(.head, at: 0)
        patience.enter(.head, at: 9)
        #expect(
            patience.verdict(at: 10, timeouts, isUnderPressure: false, received: 0, unwritten: 0)
                == .requestTimeout)
        patience.enter(.body, at: 10)
        #expect(
            patience.verdict(at: 15, timeouts, isUnderPressure: false, received: 0, unwritten: 0) == .goOn)
    }
}
