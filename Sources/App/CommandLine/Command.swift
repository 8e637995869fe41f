public import Auth
import Telemetry

/// What the process was asked to do.
public enum Command: Sendable, Equatable {
    /// Run the server.
    case serve(ConfigurationFlags)
    /// Look after accounts in the data file.
    case user(UserCommand, ConfigurationFlags)
    /// Take over users of another server.
    case importUsers(file: String, isTrial: Bool, ConfigurationFlags)
    /// Copy the data file to a new file.
    case backup(file: String, ConfigurationFlags)
    /// Put a backup in the place of the data file.
    case restore(file: String, keepingSessions: Bool, droppingAppPasswords: Bool, ConfigurationFlags)
    /// Look after the sessions of an account.
    case session(SessionCommand, ConfigurationFlags)
    /// Look after the API keys, or the app passwords, of an account.
    case credential(Credential.Kind, CredentialCommand, ConfigurationFlags)
    /// Look after the keys that tokens are signed with.
    case key(KeyCommand, ConfigurationFlags)
    /// Print an access token for this user.
    case issueToken(email: EmailAddress, ConfigurationFlags)
    /// Look into what hashing costs.
    case hash(HashCommand)
    /// Look at the configuration.
    case config(ConfigCommand, ConfigurationFlags)
    /// Print `HelpTopic.text` on stdout.
    case help(HelpTopic)
    /// Print the version on stdout.
    case version
}

/// What `sessiond user` is to do.
public enum UserCommand: Sendable, Equatable {
    /// The password is read by `PasswordPrompt`.
    case add(email: EmailAddress, firstName: String?, lastName: String?, isAdministrator: Bool)
    /// As a table, or as JSON.
    case list(json: Bool)
    case delete(email: EmailAddress)
    /// The password is read by `PasswordPrompt`.
    case setPassword(email: EmailAddress)
    case setAdministrator(email: EmailAddress, Bool)
    case setDisabled(email: EmailAddress, Bool)
}

/// What `sessiond config` is to do.
public enum ConfigCommand: Sendable, Equatable {
    /// Whether it loads; with `production` also whether it is fit for production.
    case check(production: Bool)
    /// What is in force, and why.
    case show
}

extension Command {
    /// Reads the arguments, without the program's name.
    public static func parse(_ arguments: [String]) throws(CommandLineError) -> Command {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case nil: return .serve(ConfigurationFlags())
        case "serve": return try serve(rest)
        case "user": return try user(rest)
        case "backup":
            let parsed = try OptionParser.parse(rest, accepting: CommandOption.common)
            if let early = early(parsed, .backup) { return early }
            return .backup(file: try file(parsed, of: "backup"), parsed.flags)
        case "restore":
            let parsed = try OptionParser.parse(
                rest, accepting: CommandOption.common + [.keepSessions, .dropAppPasswords])
            if let early = early(parsed, .backup) { return early }
            return .restore(
                file: try file(parsed, of: "restore"), keepingSessions: parsed.has(.keepSessions),
                droppingAppPasswords: parsed.has(.dropAppPasswords),
                parsed.flags)
        case "session": return try session(rest)
        case "api-key": return try credential(.apiKey, rest)
        case "app-password": return try credential(.appPassword, rest)
        case "key": return try key(rest)
        case "token": return try token(rest)
        case "hash": return try hash(rest)
        case "config": return try config(rest)
        case "help": return try help(rest)
        case "version" where rest.isEmpty: return .version
        case let word? where word.hasPrefix("-"): return try serve(arguments, help: .overview)
        case let word?:
            throw CommandLineError(
                "there is no command \(LogText.quoted(word)): "
                    + "serve, user, session, api-key, app-password, key, token, backup, restore, hash, config, "
                    + "help or version")
        }
    }

    private static func serve(
        _ arguments: [String], help: HelpTopic = .serve
    ) throws(CommandLineError) -> Command {
        let parsed = try OptionParser.parse(arguments, accepting: CommandOption.serve)
        if let early = early(parsed, help) { return early }
        guard parsed.operands.isEmpty else {
            throw CommandLineError(
                "unexpected \(LogText.quoted(parsed.operands[0])): a command comes before its options")
        }
        return .serve(parsed.flags)
    }

    private static func config(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let parsed = try OptionParser.parse(
            rest, accepting: CommandOption.serve + (word == "check" ? [.production] : []))
        if let early = early(parsed, .config) { return early }
        switch word {
        case "check":
            try operands(parsed, exactly: 0, of: "config check")
            return .config(.check(production: parsed.has(.production)), parsed.flags)
        case "show":
            try operands(parsed, exactly: 0, of: "config show")
            return .config(.show, parsed.flags)
        default: throw CommandLineError("config needs one of check, show")
        }
    }

    private static func user(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let own: [CommandOption] =
            switch word {
            case "add": [.admin, .firstName, .lastName]
            case "list": [.json]
            case "set-admin": [.off]
            case "import": [.dryRun]
            default: []
            }
        let parsed = try OptionParser.parse(rest, accepting: CommandOption.common + own)
        if let early = early(parsed, .user) { return early }
        let command: UserCommand
        switch word {
        case "import":
            return .importUsers(
                file: try file(parsed, of: "user import"), isTrial: parsed.has(.dryRun), parsed.flags)
        case "add":
            command = .add(
                email: try email(parsed, of: "user add"), firstName: parsed.argument(of: .firstName),
                lastName: parsed.argument(of: .lastName), isAdministrator: parsed.has(.admin))
        case "list":
            try operands(parsed, exactly: 0, of: "user list")
            command = .list(json: parsed.has(.json))
        case "delete": command = .delete(email: try email(parsed, of: "user delete"))
        case "set-password": command = .setPassword(email: try email(parsed, of: "user set-password"))
        case "set-admin":
            command = .setAdministrator(email: try email(parsed, of: "user set-admin"), !parsed.has(.off))
        case "disable": command = .setDisabled(email: try email(parsed, of: "user disable"), true)
        case "enable": command = .setDisabled(email: try email(parsed, of: "user enable"), false)
        default:
            throw CommandLineError(
                "user needs one of add, import, list, delete, set-password, set-admin, disable, enable")
        }
        return .user(command, parsed.flags)
    }

    private static func help(_ arguments: [String]) throws(CommandLineError) -> Command {
        guard let word = arguments.first, !word.hasPrefix("-") else { return .help(.overview) }
        guard let topic = HelpTopic(rawValue: word == "restore" ? "backup" : word) else {
            throw CommandLineError(
                "there is no help on \(LogText.quoted(word)): serve, user, session, api-key, "
                    + "app-password, key, token, backup, hash or config")
        }
        return .help(topic)
    }

    /// The word before the options, and the rest.
    static func subcommand(_ arguments: [String]) -> (word: String?, rest: [String]) {
        guard let word = arguments.first, !word.hasPrefix("-") else { return (nil, arguments) }
        return (word, Array(arguments.dropFirst()))
    }

    static func early(_ parsed: ParsedOptions, _ topic: HelpTopic) -> Command? {
        parsed.has(.help) ? .help(topic) : parsed.has(.version) ? .version : nil
    }

    static func email(_ parsed: ParsedOptions, of command: String) throws(CommandLineError)
        -> EmailAddress
    {
        try operands(parsed, exactly: 1, of: command)
        guard let email = EmailAddress(parsed.operands[0]) else {
            throw CommandLineError("\(LogText.quoted(parsed.operands[0])) is not an email address")
        }
        return email
    }

    private static func file(_ parsed: ParsedOptions, of command: String) throws(CommandLineError) -> String {
        guard parsed.operands.count == 1, !parsed.operands[0].isEmpty else {
            throw CommandLineError("\(command) needs one FILE")
        }
        return parsed.operands[0]
    }

    /// The operands are not shown: one too many may be a password.
    static func operands(
        _ parsed: ParsedOptions, exactly count: Int, of command: String
    ) throws(CommandLineError) {
        guard parsed.operands.count != count else { return }
        if parsed.operands.count < count { throw CommandLineError("\(command) needs an EMAIL") }
        throw CommandLineError(
            count == 0
                ? "\(command) takes options only"
                : "\(command) takes one EMAIL only; a password is asked for, or read from stdin")
    }
}
