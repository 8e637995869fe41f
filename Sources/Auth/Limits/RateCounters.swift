import Crypto
public import HTTP
import Synchronization

/// What has been tried by whom: a few MB whatever the number of attackers, kept over a reload, forgotten at the end of
/// the process.
public final class RateCounters: Sendable {
    /// By account, or by account and where it was signed in from before.
    let accounts: RateTable
    /// By IPv4 address or IPv6 /64.
    let sources: RateTable
    /// Pairs of account and address of which a right password came, with what it was right for.
    let familiar: RateTable
    /// When all failures of everybody are forgotten, as `RateBucket.fullAt`.
    private let global = Atomic<Int64>(0)
    /// Makes places in the tables unguessable.
    private let key = AuthenticationKey.random()

    /// Empty counters.
    ///
    /// - Parameter buckets: of accounts, and as many of addresses; default 65,536, of 32 octets each.
    public init(buckets: Int = 65_536) {
        accounts = RateTable(buckets: buckets)
        sources = RateTable(buckets: buckets)
        familiar = RateTable(buckets: buckets / 4)
    }

    /// What a bucket is about; two subjects never share one.
    enum Subject {
        case account(String)
        case device(KnownDevice, String)
        case pair(PeerAddress, String)
        case session(SessionID)
        case resets(String)
        case source(PeerAddress)
        case requests(PeerAddress)
    }

    /// The key of a subject's bucket, never 0.
    func place(of subject: Subject) -> UInt64 {
        switch subject {
        case .account(let email): number(0, [], email)
        case .device(let device, let email): number(1, [device.number], email)
        case .pair(let address, let email): number(2, Self.numbers(address), email)
        case .resets(let email): number(3, [], email)
        case .source(let address): number(4, Self.numbers(address), "")
        case .requests(let address): number(5, Self.numbers(address), "")
        case .session(let session): number(6, [session.high, session.low], "")
        }
    }

    private func number(_ kind: UInt8, _ numbers: [UInt64], _ text: String) -> UInt64 {
        let octets = [kind] + numbers.flatMap { $0.octets } + text.utf8
        return max(1, key.code(of: octets).prefix)
    }

    private static func numbers(_ address: PeerAddress) -> [UInt64] {
        switch address.household {
        case .v4(let bits): [4, UInt64(bits)]
        case .v6(let high, _): [6, high]
        case .unix, .unknown: [0, 0]
        }
    }

    // MARK: Everybody together

    /// Milliseconds to wait when there were too many failures of all together; nil: there were not.
    func wait(_ allowance: Allowance, at now: Int64) -> Int64? {
        let bucket = change { $0.settle(allowance, at: now) }
        if case .refused(let wait) = bucket.decision(allowance, at: now) { return wait }
        return nil
    }

    /// Counts a failure of anybody.
    func fail(_ allowance: Allowance, at now: Int64) {
        _ = change { $0.fail(allowance, at: now) }
    }

    private func change(_ body: (inout RateBucket) -> Void) -> RateBucket {
        var old = global.load(ordering: .relaxed)
        while true {
            var bucket = RateBucket(fullAt: old)
            body(&bucket)
            if bucket.fullAt == old { return bucket }
            let (isDone, found) = global.weakCompareExchange(
                expected: old, desired: bucket.fullAt, ordering: .relaxed)
            if isDone { return bucket }
            old = found
        }
    }
}
