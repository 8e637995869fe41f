/// What `sessiond key` is to do.
public enum KeyCommand: Sendable, Equatable {
    /// As a table, or as JSON.
    case list(json: Bool)
    case rotate(isRevoking: Bool)
}

extension Command {
    static func key(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let own: [CommandOption] =
            switch word {
            case "list": [.json]
            case "rotate": [.revoke]
            default: []
            }
        let parsed = try OptionParser.parse(rest, accepting: CommandOption.common + own)
        if let early = early(parsed, .key) { return early }
        switch word {
        case "list":
            try operands(parsed, exactly: 0, of: "key list")
            return .key(.list(json: parsed.has(.json)), parsed.flags)
        case "rotate":
            try operands(parsed, exactly: 0, of: "key rotate")
            return .key(.rotate(isRevoking: parsed.has(.revoke)), parsed.flags)
        default: throw CommandLineError("key needs one of list, rotate")
        }
    }

    static func token(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let parsed = try OptionParser.parse(rest, accepting: CommandOption.common)
        if let early = early(parsed, .token) { return early }
        guard word == "issue" else { throw CommandLineError("token needs the word issue") }
        return .issueToken(email: try email(parsed, of: "token issue"), parsed.flags)
    }
}
