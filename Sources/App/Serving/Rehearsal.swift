package import Auth
package import HTTP
import SQLiteStorage
import Telemetry
import Workers

/// The application as `sessiond serve` puts it together, in the default configuration and without a server in front:
/// for measurements. Nothing is logged.
package struct Rehearsal {
    /// The live sessions, none to begin with.
    package let sessions: SessionMap
    private let serving: Serving
    /// Finds the routes.
    package let router: Router
    private let responder: Responder

    /// On a data file in this folder.
    package init(folder: String) throws {
        var configuration = Configuration()
        configuration.data.file = folder + "/sessiond.db"
        serving = try Serving(
            configuration, { () throws(ConfigurationError) in try loadConfiguration(environment: [:]) },
            .silent, .off)
        let accounts = serving.accounts.value
        sessions = accounts.sessions
        let application = serving.application(configuration, accounts, serving.tokens.value)
        (router, responder) = (application.router, application.responder)
    }

    /// The answer to a request that waits for nothing, as a connection gets it.
    package func answer(_ request: Request) -> Response {
        guard case .ready(let response) = responder.respond(request) else {
            preconditionFailure("only requests that wait for nothing are rehearsed")
        }
        return response
    }

    /// Ends the threads and closes the data file.
    package func stop() {
        serving.mail.stop()
        serving.hashers.stop()
        serving.store.close()
    }
}
