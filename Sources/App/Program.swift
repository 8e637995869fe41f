import FoundationEssentials
import Glibc
import Telemetry

/// The program: reads the command line and does what it says.
public enum Program {
    /// Runs to the end and exits.
    public static func run() -> Never {
        exit(perform(Array(CommandLine.arguments.dropFirst()), environment: environment()))
    }

    private static func perform(_ arguments: [String], environment: [String: String]) -> Int32 {
        do {
            switch try Command.parse(arguments) {
            case .serve(let flags):
                // Before all else: a SIGHUP that came while the configuration is read would end the process.
                let signals = ProcessSignals()
                try Serving.run(until: signals) { () throws(ConfigurationError) in
                    try loadConfiguration(flags: flags, environment: environment)
                }
            case .user(let command, let flags):
                try UserCommands.run(command, try loadConfiguration(flags: flags, environment: environment))
            case .importUsers(let file, let isTrial, let flags):
                let loaded = try loadConfiguration(flags: flags, environment: environment)
                return try ImportCommand(file: file, isTrial: isTrial).run(loaded.configuration)
            case .backup(let file, let flags):
                let loaded = try loadConfiguration(flags: flags, environment: environment)
                try BackupCommands.backUp(to: file, loaded.configuration)
            case .restore(let file, let keepingSessions, let droppingAppPasswords, let flags):
                let loaded = try loadConfiguration(flags: flags, environment: environment)
                try BackupCommands.restore(
                    file, keepingSessions: keepingSessions, droppingAppPasswords: droppingAppPasswords,
                    loaded.configuration)
            case .session(let command, let flags):
                try SessionCommands.run(
                    command, try loadConfiguration(flags: flags, environment: environment))
            case .credential(let kind, let command, let flags):
                try CredentialCommands.run(
                    kind, command, try loadConfiguration(flags: flags, environment: environment))
            case .key(let command, let flags):
                try KeyCommands.run(command, try loadConfiguration(flags: flags, environment: environment))
            case .issueToken(let email, let flags):
                let loaded = try loadConfiguration(flags: flags, environment: environment)
                try KeyCommands.issueToken(email, loaded)
            case .hash(let command): try HashCommands.run(command)
            case .config(.check(let production), let flags):
                let loaded = try loadConfiguration(flags: flags, environment: environment)
                return check(loaded.configuration, production: production)
            case .config(.show, let flags):
                print(try loadConfiguration(flags: flags, environment: environment).shown(), terminator: "")
            case .help(let topic): print(topic.text, terminator: topic.text.last == "\n" ? "" : "\n")
            case .version: print("sessiond \(version)")
            }
            return 0
        } catch let error as CommandLineError {
            complain(error.description + " (see sessiond --help)")
            return CommandLineError.exitCode
        } catch {
            complain(String(describing: error))
            return 1
        }
    }

    private static func check(_ configuration: Configuration, production: Bool) -> Int32 {
        let relaxed = production ? relaxedSettings(of: configuration) : []
        guard relaxed.isEmpty else {
            for setting in relaxed { complain("not for production: \(setting)") }
            return 1
        }
        print("The configuration is \(production ? "fit for production" : "valid").")
        return 0
    }

    /// One line on stderr, whatever the text holds.
    static func complain(_ text: String) {
        let printable = text.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }
        let line = Array("sessiond: ".utf8) + printable + [UInt8(ascii: "\n")]
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func environment() -> [String: String] {
        ProcessInfo.processInfo.environment
    }
}
