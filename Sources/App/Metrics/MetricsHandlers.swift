import Auth
import HTTP

/// `GET /metrics`: what the server counts, for Prometheus.
struct MetricsHandlers: Sendable {
    /// Writes it all; takes a millisecond or two.
    let text: @Sendable () -> [UInt8]

    /// For administrators: it tells how busy the server is, and who tries to get in how often.
    @Sendable func show(_ call: Call, _ caller: Caller) async throws -> Response {
        if let user = caller.restrictedTo, !user.isAdministrator { throw HTTPError(.forbidden) }
        return await show(call)
    }

    /// For whoever asks.
    @Sendable func show(_ call: Call) async -> Response {
        // On no loop: other requests do not wait for it.
        let text = await Task.detached { [text] in text() }.value
        var response = Response(status: .ok, body: text)
        response.contentType = .metrics
        return response
    }
}
