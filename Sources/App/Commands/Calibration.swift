import Crypto

/// Finds Argon2id parameters for a machine: as much memory as allowed, then as many passes as there is time for.
///
/// Memory first: it is what a stolen hash costs those who try passwords on many cores at once.
struct Calibration {
    /// Parameters, and how long one hash takes with them.
    struct Line: Equatable {
        let parameters: PasswordHashing
        let microseconds: Int64
    }

    /// From OWASP's leanest choice on.
    static let leastMemoryMiB = 7
    /// As much as `passwords.hashMemoryKiB` may be.
    static let mostMemoryMiB = 4_096
    /// `passwords.hashIterations` is not larger.
    private static let mostIterations = 64

    /// What was measured, from little memory to much.
    let lines: [Line]
    /// The line to take: the last that is in time, else the quickest.
    let choice: Line
    /// Whether it takes no longer than was wanted. It does when even the least that is safe does.
    let isInTime: Bool

    /// Measures up to this memory what takes this time at most.
    init(
        microseconds wanted: Int64, memoryMiB: Int,
        measuring time: (PasswordHashing) throws -> Int64
    ) throws {
        var lines: [Line] = []
        for memory in Self.memories(upTo: memoryMiB) {
            let line = try Self.line(memoryKiB: memory, wanted) { parameters in
                Line(parameters: parameters, microseconds: try time(parameters))
            }
            lines.append(line)
            // With still more memory it takes still longer: there are no fewer passes than one.
            if line.microseconds > wanted, line.parameters.iterations == 1 { break }
        }
        let inTime = lines.last { $0.microseconds <= wanted }
        guard let choice = inTime ?? lines.min(by: { $0.microseconds < $1.microseconds }) else {
            preconditionFailure("there is a least memory")
        }
        self.lines = lines
        self.choice = choice
        isInTime = inTime != nil
    }

    /// As many passes with this memory as there is time for, but never too few.
    private static func line(
        memoryKiB: Int, _ wanted: Int64, measured: (PasswordHashing) throws -> Line
    ) throws -> Line {
        func passes(_ number: Int) throws -> Line {
            try measured(PasswordHashing(memoryKiB: memoryKiB, iterations: number))
        }
        let fewest = PasswordHashing.leastIterations(memoryKiB: memoryKiB)
        let least = try passes(fewest)
        guard least.microseconds <= wanted else { return least }
        // Near it: the first pass does not cost what the others do.
        let guess = min(mostIterations, Int(Int64(fewest) * wanted / max(1, least.microseconds)))
        var line = guess > fewest ? try passes(guess) : least
        while line.microseconds > wanted, line.parameters.iterations > fewest {
            let fewer = line.parameters.iterations - 1
            line = fewer > fewest ? try passes(fewer) : least
        }
        while line.parameters.iterations < mostIterations {
            let further = try passes(line.parameters.iterations + 1)
            guard further.microseconds <= wanted else { break }
            line = further
        }
        return line
    }

    /// In KiB. Less than the default only where no more is allowed.
    private static func memories(upTo most: Int) -> [Int] {
        let all = [19, 32, 46, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 2_048, 4_096].filter {
            $0 <= most
        }
        let lean = all.isEmpty ? [7, 9, 12].filter { $0 <= most }.suffix(1) : []
        return (lean + all).map { $0 * 1_024 }
    }
}

extension Calibration {
    /// A configuration file with the choice, and with everything else in comments.
    func text(wanted: Int) -> String {
        var text =
            "// One hash on one core of this machine, \(wanted) ms wanted:\n//      KiB  passes        ms\n"
        for line in lines {
            text +=
                "// " + Self.right(line.parameters.memoryKiB, 8) + Self.right(line.parameters.iterations, 8)
                + Self.right(Self.milliseconds(line), 10) + (line == choice ? "  <- choice" : "") + "\n"
        }
        if !isInTime { text += "// None is that quick; fewer passes or less memory would be unsafe.\n" }
        return text + """
            {
                passwords: {
                    // \(1_000_000 / max(1, choice.microseconds)) a second with each worker, which takes this memory.
                    hashMemoryKiB: \(choice.parameters.memoryKiB),
                    hashIterations: \(choice.parameters.iterations),
                },
            }

            """
    }

    private static func milliseconds(_ line: Line) -> String {
        let tenths = (line.microseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func right(_ value: some CustomStringConvertible, _ width: Int) -> String {
        let text = value.description
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
