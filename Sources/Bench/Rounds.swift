/// How long to measure.
struct RoundPlan {
    /// How often each subject has its turn. Default 21.
    var rounds = 21
    /// CPU time of one turn. Default 20 ms.
    var milliseconds = 20

    /// `--rounds N` and `--milliseconds N`; nil when they make no sense.
    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let option = rest.popFirst() {
            guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else { return nil }
            switch option {
            case "--rounds": rounds = value
            case "--milliseconds": milliseconds = value
            default: return nil
            }
        }
    }
}

/// What is measured: does it so many times, and says what that took.
typealias Subject = (Int) -> Effort

/// What something took of the thread it ran on.
struct Effort {
    /// Nanoseconds of CPU time.
    var nanoseconds = 0
    /// How often it asked for memory.
    var allocations = 0

    static func of(_ work: () -> Void) -> Effort {
        let (start, before) = (ThreadClock.now(), Allocations.ofThisThread)
        work()
        return Effort(
            nanoseconds: ThreadClock.now() - start, allocations: Allocations.ofThisThread - before)
    }

    static func += (effort: inout Effort, further: Effort) {
        effort.nanoseconds += further.nanoseconds
        effort.allocations += further.allocations
    }
}

/// What doing it once takes, over all rounds.
struct Cost {
    /// Nanoseconds of CPU time, in ascending order.
    let samples: [Double]
    /// In the round with the fewest: what a table takes to grow is shared by all that fill it.
    let allocations: Double

    init(_ rounds: [(nanoseconds: Double, allocations: Double)]) {
        samples = rounds.map(\.nanoseconds).sorted()
        allocations = rounds.map(\.allocations).min() ?? 0
    }

    var median: Double { quantile(0.5) }
    /// One in ten rounds was faster.
    var low: Double { quantile(0.1) }
    /// One in ten rounds was slower.
    var high: Double { quantile(0.9) }

    private func quantile(_ share: Double) -> Double {
        samples[Int((Double(samples.count - 1) * share).rounded())]
    }
}

extension RoundPlan {
    /// Measures all subjects in turns, so that what slows the machine down for a while slows them all.
    func costs(of subjects: [Subject]) -> [Cost] {
        let counts = subjects.map(calibrated)
        var samples = [[(nanoseconds: Double, allocations: Double)]](repeating: [], count: subjects.count)
        for _ in 0..<rounds {
            for (index, subject) in subjects.enumerated() {
                let effort = subject(counts[index])
                let count = Double(counts[index])
                samples[index].append(
                    (Double(effort.nanoseconds) / count, Double(effort.allocations) / count))
            }
        }
        return samples.map(Cost.init)
    }

    /// How often it can be done in one turn; also the warm-up.
    private func calibrated(_ subject: Subject) -> Int {
        var count = 1
        while true {
            let nanoseconds = subject(count).nanoseconds
            if nanoseconds > milliseconds * 100_000 {
                return max(1, count * milliseconds * 1_000_000 / nanoseconds)
            }
            count *= 2
        }
    }
}
