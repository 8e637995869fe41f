import HTTP

/// What the gate costs: each request of the corpus, as it may arrive, through a gate that stays open as on a connection.
///
/// The copy out of the socket's buffer is part of it: a server pays that, too.
enum GateBench {
    /// How a request arrives.
    private enum Feed: CaseIterable {
        case whole
        /// Two pieces, with the cut in the middle.
        case halves
        /// Pieces of sixteen octets.
        case sixteens
        /// Eight requests in one piece.
        case eight

        var name: String {
            switch self {
            case .whole: "one piece"
            case .halves: "two pieces"
            case .sixteens: "16 octets each"
            case .eight: "8 pipelined"
            }
        }

        /// How many requests its pieces hold.
        var requests: Int { if case .eight = self { 8 } else { 1 } }

        func pieces(of octets: [UInt8]) -> [ArraySlice<UInt8>] {
            switch self {
            case .whole: [octets[...]]
            case .halves: [octets[..<(octets.count / 2)], octets[(octets.count / 2)...]]
            case .sixteens:
                stride(from: 0, to: octets.count, by: 16).map { octets[$0..<min($0 + 16, octets.count)] }
            case .eight: [[[UInt8]](repeating: octets, count: 8).joined().map(\.self)[...]]
            }
        }
    }

    static func run(_ plan: RoundPlan) {
        let rows = SampleRequest.all.flatMap { request in Feed.allCases.map { (request, $0) } }
        let costs = plan.costs(of: rows.map(subject))
        print("The gate's CPU time. \(plan.rounds) rounds of \(plan.milliseconds) ms each, in turns.\n")
        print(line("request", "octets", "arrives as", "ns/request", "10 % below", "10 % above", "ns/octet"))
        for ((request, feed), cost) in zip(rows, costs) {
            let one = Double(feed.requests)
            print(
                line(
                    request.name, String(request.octets.count), feed.name, (cost.median / one).fixed(0),
                    (cost.low / one).fixed(0), (cost.high / one).fixed(0),
                    (cost.median / one / Double(request.octets.count)).fixed(2)))
        }
    }

    private static func subject(_ request: SampleRequest, _ feed: Feed) -> Subject {
        let pieces = feed.pieces(of: request.octets)
        return { count in
            var gate = RequestGate(limits: RequestLimits())
            var completed = 0
            let effort = Effort.of {
                for _ in 0..<count {
                    for piece in pieces {
                        gate.receive(Array(piece))
                        while case .complete = gate.next() { completed += 1 }
                    }
                }
            }
            precondition(completed == count * feed.requests, "the gate let too few requests through")
            return effort
        }
    }

    private static func line(
        _ name: String, _ octets: String, _ feed: String, _ figures: String...
    ) -> String {
        name.padded(to: 10) + octets.rightAligned(in: 6) + "  " + feed.padded(to: 16)
            + figures.map { $0.rightAligned(in: 12) }.joined()
    }
}
