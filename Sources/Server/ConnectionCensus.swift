import HTTP
import Synchronization
import Workers

/// Counts the connections of all loops, in all and by address, and says when there are too many.
final class ConnectionCensus: Sendable {
    private let total = Atomic(0)
    private let surplus = Atomic(0)
    private let byAddress = Locked<[PeerAddress: Int]>([:])

    /// Counts a connection in. False: it is one too many, and is not counted.
    func enter(_ address: PeerAddress, within limits: ConnectionLimits) -> Bool {
        guard total.add(1, ordering: .relaxed).newValue <= limits.total else {
            total.subtract(1, ordering: .relaxed)
            return false
        }
        // Over a Unix-domain socket all come from one place: a proxy with any number of clients.
        if address == .unix { return true }
        let isWelcome = byAddress.withLock { counts in
            let count = counts[address.household, default: 0]
            guard count < limits.perAddress else { return false }
            counts[address.household] = count + 1
            return true
        }
        if !isWelcome { total.subtract(1, ordering: .relaxed) }
        return isWelcome
    }

    /// Counts a connection out.
    func leave(_ address: PeerAddress) {
        total.subtract(1, ordering: .relaxed)
        if address == .unix { return }
        byAddress.withLock { counts in
            guard let count = counts[address.household] else { return }
            counts[address.household] = count > 1 ? count - 1 : nil
        }
    }

    /// How many connections too many there may be at once, only to be told so. They come out of the descriptors that
    /// are kept for other things.
    static let mostSurplus = 16

    /// Counts in a connection that is one too many, and is to be told. False: there are enough of these.
    func enterSurplus() -> Bool {
        if surplus.add(1, ordering: .relaxed).newValue <= Self.mostSurplus { return true }
        leaveSurplus()
        return false
    }

    /// Counts it out.
    func leaveSurplus() {
        surplus.subtract(1, ordering: .relaxed)
    }

    /// How many there are.
    var count: Int { total.load(ordering: .relaxed) }

    /// Whether more than four fifths of the places are taken: idle clients have to make room sooner.
    func isUnderPressure(within limits: ConnectionLimits) -> Bool {
        total.load(ordering: .relaxed) > limits.total / 5 * 4
    }
}
