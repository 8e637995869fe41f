import Telemetry

/// What `sessiond hash` is to do.
public enum HashCommand: Sendable, Equatable {
    /// Find parameters for this machine.
    case calibrate(milliseconds: Int, memoryMiB: Int)
}

extension Command {
    static func hash(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let parsed = try OptionParser.parse(rest, accepting: [.milliseconds, .memory, .help, .version])
        if let early = early(parsed, .hash) { return early }
        guard word == "calibrate" else { throw CommandLineError("hash needs calibrate") }
        guard parsed.operands.isEmpty else { throw CommandLineError("hash calibrate takes options only") }
        return .hash(
            .calibrate(
                milliseconds: try number(parsed, .milliseconds, 1...10_000, default: 50),
                memoryMiB: try number(
                    parsed, .memory, Calibration.leastMemoryMiB...Calibration.mostMemoryMiB, default: 64)))
    }

    private static func number(
        _ parsed: ParsedOptions, _ option: CommandOption, _ range: ClosedRange<Int>, default number: Int
    ) throws(CommandLineError) -> Int {
        guard let text = parsed.argument(of: option) else { return number }
        guard let number = Int(text), range.contains(number) else {
            throw CommandLineError(
                "--\(option.rawValue) is \(LogText.quoted(text)); allowed: a whole number from "
                    + "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
