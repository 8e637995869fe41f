/// The options of all commands, by their long names.
enum CommandOption: String, Sendable, CaseIterable {
    case host, port, loops, quiet, data, config
    case logFormat = "log-format"
    case admin, off, json, all, production
    case firstName = "first-name"
    case lastName = "last-name"
    case keepSessions = "keep-sessions"
    case dropAppPasswords = "drop-app-passwords"
    case noRateLimit = "no-rate-limit"
    case milliseconds, memory
    case dryRun = "dry-run"
    case name, expires
    case readOnly = "read-only"
    case revoke
    case help, version

    var takesArgument: Bool {
        switch self {
        case .host, .port, .loops, .data, .config, .logFormat, .firstName, .lastName, .milliseconds,
            .memory, .name, .expires:
            true
        case .quiet, .admin, .off, .json, .all, .production, .keepSessions, .dropAppPasswords, .noRateLimit,
            .dryRun, .readOnly,
            .revoke, .help, .version:
            false
        }
    }

    /// The setting that the option sets, if that is all it does.
    var settingKey: String? {
        switch self {
        case .host: "server.host"
        case .port: "server.port"
        case .loops: "server.loops"
        case .quiet: "log.quiet"
        case .data: "data.file"
        case .logFormat: "log.format"
        case .noRateLimit: "rateLimits.enabled"
        default: nil
        }
    }

    /// What an option without an argument sets its setting to.
    var settingText: String { self == .noRateLimit ? "false" : "true" }

    /// What every command accepts.
    static let common: [CommandOption] = [.config, .data, .help, .version]
    /// What `serve` accepts.
    static let serve: [CommandOption] = [.host, .port, .loops, .quiet, .logFormat, .noRateLimit] + common
}

/// What `getopt_long` made of the arguments.
struct ParsedOptions: Sendable, Equatable {
    /// An option as given.
    struct Given: Sendable, Equatable {
        let option: CommandOption
        let argument: String?
    }

    var options: [Given] = []
    /// What is no option.
    var operands: [String] = []

    func has(_ option: CommandOption) -> Bool { options.contains { $0.option == option } }

    /// The argument; of several the last.
    func argument(of option: CommandOption) -> String? { options.last { $0.option == option }?.argument }

    /// The part that concerns the configuration.
    var flags: ConfigurationFlags {
        var flags = ConfigurationFlags()
        flags.file = argument(of: .config)
        for given in options {
            if let key = given.option.settingKey {
                flags.assignments.append(
                    .init(
                        key: key, text: given.argument ?? given.option.settingText,
                        flag: "--" + given.option.rawValue))
            }
        }
        return flags
    }
}
