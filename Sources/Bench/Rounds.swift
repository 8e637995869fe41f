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

/// What is measured: does it so many times.
typealias Subject = (Int) -> Void

/// Nanoseconds of CPU time for doing it once, over all rounds.
struct Cost {
    /// In ascending order.
    let samples: [Double]

    init(samples: [Double]) {
        self.samples = samples.sorted()
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
        var samples = [[Double]](repeating: [], count: subjects.count)
        for _ in 0..<rounds {
            for (index, subject) in subjects.enumerated() {
                let nanoseconds = Self.time { subject(counts[index]) }
                samples[index].append(Double(nanoseconds) / Double(counts[index]))
            }
        }
        return samples.map(Cost.init)
    }

    /// How often it can be done in one turn; also the warm-up.
    private func calibrated(_ subject: Subject) -> Int {
        var count = 1
        while true {
            let nanoseconds = Self.time { subject(count) }
            if nanoseconds > milliseconds * 100_000 {
                return max(1, count * milliseconds * 1_000_000 / nanoseconds)
            }
            count *= 2
        }
    }

    private static func time(_ body: () -> Void) -> Int {
        let start = ThreadClock.now()
        body()
        return ThreadClock.now() - start
    }
}
