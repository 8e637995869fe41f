// `optind` and `optarg` are globals of C; the lock below is what makes them safe.
@preconcurrency import CGetopt
import Glibc
import Synchronization
import Telemetry

/// Wraps `getopt_long` once.
///
/// The only file of the command line with pointers.
enum OptionParser {
    /// getopt keeps its place in globals: one call at a time.
    private static let turn = Mutex(())

    /// Values of long options start here, so that none is a character.
    private static let firstValue: Int32 = 256

    /// Sorts arguments (without the program's name) into options and operands; `--` ends the options.
    static func parse(
        _ arguments: [String], accepting options: [CommandOption]
    ) throws(CommandLineError) -> ParsedOptions {
        try turn.withLock { _ throws(CommandLineError) in
            try parseAlone(arguments, accepting: options)
        }
    }

    private static func parseAlone(
        _ arguments: [String], accepting options: [CommandOption]
    ) throws(CommandLineError) -> ParsedOptions {
        // getopt reorders the array and keeps pointers into it: both belong to this call.
        var argv = (["sessiond"] + arguments).map { strdup($0) }
        let names = options.map { strdup($0.rawValue) }
        defer { (argv + names).forEach { free($0) } }
        let count = Int32(argv.count)
        argv.append(nil)
        var table = zip(options, names).enumerated().map { index, pair in
            option(
                name: pair.1, has_arg: pair.0.takesArgument ? required_argument : no_argument, flag: nil,
                val: firstValue + Int32(index))
        }
        table.append(option())

        var parsed = ParsedOptions()
        optind = 0  // glibc: start afresh
        opterr = 0
        while true {
            // The colon asks for ":" when an argument is missing, "?" otherwise.
            let value = getopt_long(count, &argv, ":h", table, nil)
            if value == -1 { break }
            switch value {
            case Int32(UInt8(ascii: "h")):
                parsed.options.append(.init(option: .help, argument: nil))
            case Int32(UInt8(ascii: ":")):
                throw CommandLineError("\(name(of: optopt, in: options)) needs an argument")
            case firstValue...:
                let option = options[Int(value - firstValue)]
                parsed.options.append(.init(option: option, argument: optarg.map { String(cString: $0) }))
            default:
                let given = argv[Int(optind) - 1].map { String(cString: $0) } ?? ""
                throw refusal(of: given, in: options)
            }
        }
        parsed.operands = argv[Int(optind)..<Int(count)].compactMap { $0.map { String(cString: $0) } }
        return parsed
    }

    private static func refusal(of given: String, in options: [CommandOption]) -> CommandLineError {
        if optopt >= firstValue {
            return CommandLineError("\(name(of: optopt, in: options)) takes no argument")
        }
        if optopt > 0 {
            let letter = Character(Unicode.Scalar(UInt8(truncatingIfNeeded: optopt)))
            return CommandLineError("there is no option \(LogText.quoted("-\(letter)"))")
        }
        // Not what follows "=": it may be a secret in the wrong place.
        let name = LogText.quoted(String(given.prefix { $0 != "=" }))
        return CommandLineError("there is no option \(name) here, or it is cut too short")
    }

    private static func name(of value: Int32, in options: [CommandOption]) -> String {
        value >= firstValue ? "--" + options[Int(value - firstValue)].rawValue : "the option"
    }
}
