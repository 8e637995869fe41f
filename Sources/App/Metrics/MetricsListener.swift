import Auth
import HTTP
import Server
import Telemetry

/// A listener of its own for whoever runs the server: `/metrics`, `/livez`, `/readyz`, and nothing else.
///
/// It is a second server with one loop: when all connections of the first are taken, or its loops hang, it answers.
extension Serving {
    /// Nil: none is wanted. Clients can connect from now on.
    func makeMetricsServer(_ configuration: Configuration) throws -> Server? {
        guard let place = ListenPlace(configuration.metrics.listen) else { return nil }
        var server = ServerConfiguration(
            addresses: [], limits: configuration.limits, timeouts: configuration.timeouts,
            drainTimeout: .seconds(configuration.server.drainTimeout))
        server.threads = "metrics"
        server.connections.total = Self.mostConnections
        switch place {
        case .internet(let host, let port):
            server.addresses = try ListeningAddress.resolve(host: host, port: port)
        case .unix(let path):
            server.unixSocket = UnixSocket(
                path: path, mode: socketMode(configuration.server.socketMode) ?? 0o600)
        }
        let status = StatusHandlers(accounts: accounts.value, readiness: readiness)
        let application = Application(
            routes: [
                .open(.get, "/metrics", metrics.show), .open(.get, "/livez", status.status),
                .open(.get, "/readyz", status.ready),
            ],
            filter: BeforeRequestFilter(
                schemes: nil, openPaths: [],
                cookieName: SessionCookieName(configuration.sessions.cookie.name)),
            logger: logger,
            // Nobody tells of it: one too many here is none of the server's.
            overload: OverloadLog(logger: logger))
        return try Server(server, responder: application.responder)
    }

    func announceMetrics(_ server: Server?) {
        let addresses =
            server.map { $0.addresses.map(\.description) + $0.unixPaths.map { "unix:" + $0 } } ?? []
        for address in addresses {
            logger.log(.info, "listening", ["address": .string(address), "for": "metrics"])
        }
    }

    /// Of a Prometheus or two, and probes. They come out of the descriptors that are kept for other things.
    private static let mostConnections = 8
}
