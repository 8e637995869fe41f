public import Auth
import Telemetry

/// What `sessiond api-key` or `sessiond app-password` is to do.
public enum CredentialCommand: Sendable, Equatable {
    /// Seconds until it expires; nil: never.
    case issue(email: EmailAddress, name: String, seconds: Int?, isReadOnly: Bool)
    /// As a table, or as JSON.
    case list(email: EmailAddress, json: Bool)
    case revoke(email: EmailAddress, CredentialID)
}

extension Command {
    static func credential(
        _ kind: Credential.Kind, _ arguments: [String]
    ) throws(CommandLineError) -> Command {
        let topic: HelpTopic = kind == .apiKey ? .apiKey : .appPassword
        let (word, rest) = subcommand(arguments)
        let own: [CommandOption] =
            switch word {
            case "issue": kind == .apiKey ? [.name, .expires, .readOnly] : [.name]
            case "list": [.json]
            default: []
            }
        let parsed = try OptionParser.parse(rest, accepting: CommandOption.common + own)
        if let early = early(parsed, topic) { return early }
        let command: CredentialCommand
        switch word {
        case "issue": command = try issue(parsed, "\(topic.rawValue) issue")
        case "list":
            command = .list(
                email: try email(parsed, of: "\(topic.rawValue) list"), json: parsed.has(.json))
        case "revoke": command = try revocation(parsed, topic.rawValue)
        default: throw CommandLineError("\(topic.rawValue) needs one of issue, list, revoke")
        }
        return .credential(kind, command, parsed.flags)
    }

    private static func issue(
        _ parsed: ParsedOptions, _ command: String
    ) throws(CommandLineError) -> CredentialCommand {
        let email = try email(parsed, of: command)
        guard let name = parsed.argument(of: .name), CredentialTerms.admits(name) else {
            throw CommandLineError("\(command) needs --name with 1 to 100 characters")
        }
        var seconds: Int?
        if let text = parsed.argument(of: .expires) {
            guard let number = Int(text), CredentialTerms.lifetimes.contains(number) else {
                throw CommandLineError("--expires needs seconds from 60 to 315360000")
            }
            seconds = number
        }
        return .issue(email: email, name: name, seconds: seconds, isReadOnly: parsed.has(.readOnly))
    }

    /// The operands are not shown: somebody may take a key for its ID.
    private static func revocation(
        _ parsed: ParsedOptions, _ word: String
    ) throws(CommandLineError) -> CredentialCommand {
        guard parsed.operands.count == 2 else {
            throw CommandLineError("\(word) revoke needs an EMAIL and an ID")
        }
        guard let email = EmailAddress(parsed.operands[0]) else {
            throw CommandLineError("the first operand of \(word) revoke is not an email address")
        }
        guard let id = CredentialID(parsed.operands[1]) else {
            throw CommandLineError("an ID is 32 hexadecimal digits in lower case, as `list` shows it")
        }
        return .revoke(email: email, id)
    }
}
