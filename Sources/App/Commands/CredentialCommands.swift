import Auth
import Telemetry

/// `sessiond api-key …` and `app-password …`: with a running server through its control socket, else on the data file.
enum CredentialCommands {
    static func run(
        _ kind: Credential.Kind, _ command: CredentialCommand, _ loaded: LoadedConfiguration
    ) throws {
        switch command {
        case .issue(let email, let name, let seconds, let isReadOnly):
            let issue = AdminCommand.issueCredential(
                kind, email: email.text, name: name, seconds: seconds, isReadOnly: isReadOnly)
            // Alone on its line, for `KEY=$(…)`.
            for credential in try issue.succeed(loaded.configuration).credentials {
                print(credential.key ?? credential.password ?? "")
            }
        case .list(let email, let json):
            let credentials = try AdminCommand.listCredentials(kind, email: email.text)
                .succeed(loaded.configuration).credentials
            Listing.show(credentials, asJSON: json, line: line)
        case .revoke(let email, let id):
            _ = try AdminCommand.revokeCredential(kind, email: email.text, id: id.description)
                .succeed(loaded.configuration)
            print("revoked \(id) of \(email.text)")
        }
    }

    /// ID, issue, last use, and of a key its end and rights; then the name, as the user chose it.
    private static func line(of credential: CredentialJSON) -> String {
        var columns = [credential.id, credential.createdAt, credential.lastUsedAt ?? "never"]
        if let isReadOnly = credential.isReadOnly {
            columns += [credential.expiresAt ?? "never", isReadOnly ? "read-only" : "full"]
        }
        return (columns + [LogText.quoted(credential.name)]).joined(separator: " ")
    }
}
