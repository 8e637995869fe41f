import HTTP

/// What each part of the way of a request takes: nanoseconds and allocations.
enum PartsBench {
    static func run(_ plan: PartsPlan) {
        do {
            let workshop = try Workshop()
            defer { workshop.close() }
            let parts = workshop.parts
            let costs = plan.rounds.costs(of: parts.map(\.subject))
            if plan.isJSON {
                print(try text(zip(parts, costs).map { Row($0, $1) }), terminator: "")
            } else {
                show(parts, costs, plan.rounds)
            }
        } catch {
            Command.giveUp(because: error)
        }
    }

    private static func show(_ parts: [Part], _ costs: [Cost], _ plan: RoundPlan) {
        print("CPU time and allocations. \(plan.rounds) rounds of \(plan.milliseconds) ms each, in turns.\n")
        print(line("part", "ns", "10 % below", "10 % above", "allocations"))
        for (part, cost) in zip(parts, costs) {
            print(
                line(
                    part.name, cost.median.fixed(0), cost.low.fixed(0), cost.high.fixed(0),
                    cost.allocations.fixed(2)))
        }
    }

    private static func line(_ name: String, _ figures: String...) -> String {
        name.padded(to: 48) + figures.map { $0.rightAligned(in: 12) }.joined()
    }

    private static func text(_ rows: [Row]) throws -> String {
        String(decoding: try JSONText.encode(["parts": rows]), as: UTF8.self)
    }

    /// As scripts read it; times in nanoseconds.
    private struct Row: Encodable {
        let name: String
        let median: Double
        let low: Double
        let high: Double
        let allocations: Double

        init(_ part: Part, _ cost: Cost) {
            name = part.name
            (median, low, high) = (cost.median, cost.low, cost.high)
            allocations = cost.allocations
        }
    }
}

/// One part of the way of a request.
struct Part {
    let name: String
    let subject: Subject

    init(_ name: String, measuring subject: @escaping Subject) {
        self.name = name
        self.subject = subject
    }

    /// Work that needs no preparation. What it returns must be true, or the part does not do what its name says.
    init(_ name: String, _ work: @escaping () -> Bool) {
        self.init(
            name,
            measuring: { count in
                var wrong = 0
                let effort = Effort.of { for _ in 0..<count where !work() { wrong += 1 } }
                guard wrong == 0 else { fatalError("\(name): not what was to be measured") }
                return effort
            })
    }
}

/// How to measure and show it.
struct PartsPlan {
    var isJSON = false
    var rounds: RoundPlan

    /// `--json`, and what `RoundPlan` takes.
    init?(_ arguments: ArraySlice<String>) {
        isJSON = arguments.contains("--json")
        guard let rounds = RoundPlan(arguments.filter { $0 != "--json" }[...]) else { return nil }
        self.rounds = rounds
    }
}
