import Auth

/// `sessiond key …` and `sessiond token …`: with a running server through its control socket, else on the data file.
enum KeyCommands {
    static func run(_ command: KeyCommand, _ loaded: LoadedConfiguration) throws {
        switch command {
        case .list(let json):
            let keys = try AdminCommand.listKeys.succeed(loaded.configuration).keys
            Listing.show(keys, asJSON: json, line: line)
        case .rotate(let isRevoking):
            let keys = try AdminCommand.rotateKeys(isRevoking: isRevoking).succeed(loaded.configuration).keys
            for key in keys.suffix(1) { print(line(of: key)) }
        }
    }

    static func issueToken(_ email: EmailAddress, _ loaded: LoadedConfiguration) throws {
        let reply = try AdminCommand.issueToken(email: email.text).succeed(loaded.configuration)
        if let token = reply.token { print(token) }
    }

    private static func line(of key: SigningKeyJSON) -> String {
        [key.id, key.algorithm, key.state, key.createdAt, key.signsFrom].joined(separator: " ")
    }
}
