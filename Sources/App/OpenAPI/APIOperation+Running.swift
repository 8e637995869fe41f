import HTTP

extension APIOperation {
    /// For whoever runs it.
    static let running = [
        APIOperation(
            .get, "/livez", "isAlive", "Whether the process answers at all",
            [.ok("It does.", .component("Status"))]),
        APIOperation(
            .get, "/readyz", "isReady", "Whether requests should be sent here",
            [
                .ok("Yes.", .component("Status")),
                .error(.serviceUnavailable, "It is stopping, or its data file cannot be read or changed."),
            ]),
        APIOperation(
            .get, "/openapi.json", "describe", "This document",
            [.ok("OpenAPI 3.1.", .openObject)]),
        APIOperation(
            .get, "/metrics", "showMetrics", "What the server counts, for Prometheus",
            details: "For administrators.", denial: .unauthorized,
            [.text("Its text format, version 0.0.4.", "text/plain"), .error(.forbidden)]),
    ]
}
