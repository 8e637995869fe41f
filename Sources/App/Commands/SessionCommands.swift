import Auth
import Telemetry

/// `sessiond session …`: with a running server through its control socket, else on the data file.
enum SessionCommands {
    static func run(_ command: SessionCommand, _ loaded: LoadedConfiguration) throws {
        switch command {
        case .list(let email, let json):
            let sessions = try AdminCommand.listSessions(email: email.text).succeed(loaded.configuration)
                .sessions
            Listing.show(sessions, asJSON: json, line: line)
        case .revoke(let email, let id):
            let command = AdminCommand.revokeSessions(email: email.text, id: id?.description)
            let ended = try command.succeed(loaded.configuration).ended
            print("ended \(ended) \(ended == 1 ? "session" : "sessions") of \(email.text)")
        }
    }

    /// Name, beginning, last request, end, address, client; the last is whatever the client said it is.
    private static func line(of session: SessionJSON) -> String {
        [
            session.id, session.createdAt, session.lastSeenAt, session.expiresAt ?? "never",
            session.address ?? "-", session.userAgent.map { LogText.quoted($0) } ?? "-",
        ].joined(separator: " ")
    }
}
