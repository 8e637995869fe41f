import Crypto
import TestSupport
import Testing

@testable import Auth

@Suite struct SessionNamesTests {
    @Test func isAListInOrderOfArrival() {
        var random = SplitMix(seed: 1)
        var names = SessionNames()
        var model: [SessionID] = []
        for step in 0..<2_000 as Range<UInt64> {
            if model.isEmpty || random.next() % 2 == 0 {
                let id = SessionID(high: step, low: random.next())
                names.append(id)
                model.append(id)
            } else {
                let id = model.remove(at: Int(random.next() % UInt64(model.count)))
                names.remove(id)
                names.remove(id)
            }
            #expect(names.all == model)
            #expect(names.isEmpty == model.isEmpty)
        }
    }
}
