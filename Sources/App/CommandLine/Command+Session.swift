public import Auth
import Telemetry

/// What `sessiond session` is to do.
public enum SessionCommand: Sendable, Equatable {
    /// As a table, or as JSON.
    case list(email: EmailAddress, json: Bool)
    /// Nil: all of them.
    case revoke(email: EmailAddress, SessionID?)
}

extension Command {
    static func session(_ arguments: [String]) throws(CommandLineError) -> Command {
        let (word, rest) = subcommand(arguments)
        let own: [CommandOption] =
            switch word {
            case "list": [.json]
            case "revoke": [.all]
            default: []
            }
        let parsed = try OptionParser.parse(rest, accepting: CommandOption.common + own)
        if let early = early(parsed, .session) { return early }
        switch word {
        case "list":
            return .session(
                .list(email: try email(parsed, of: "session list"), json: parsed.has(.json)), parsed.flags)
        case "revoke": return .session(try revocation(parsed), parsed.flags)
        default: throw CommandLineError("session needs one of list, revoke")
        }
    }

    /// The operands are not shown: somebody may take a token for the name of its session.
    private static func revocation(_ parsed: ParsedOptions) throws(CommandLineError) -> SessionCommand {
        guard parsed.operands.count == (parsed.has(.all) ? 1 : 2) else {
            throw CommandLineError("session revoke needs an EMAIL, and either --all or one ID")
        }
        guard let email = EmailAddress(parsed.operands[0]) else {
            throw CommandLineError("the first operand of session revoke is not an email address")
        }
        if parsed.has(.all) { return .revoke(email: email, nil) }
        guard let id = SessionID(parsed.operands[1]) else {
            throw CommandLineError("an ID of a session is 32 hexadecimal digits in lower case")
        }
        return .revoke(email: email, id)
    }
}
