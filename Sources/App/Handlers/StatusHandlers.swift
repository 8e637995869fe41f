import Auth
import HTTP

/// The small answers of the Simple API.
struct StatusHandlers: Sendable {
    let accounts: Accounts
    let readiness: Readiness

    private static let ok = JSONText.of(["status": "OK"])

    @Sendable func status(_ call: Call) -> Response {
        Response(status: .ok, body: Self.ok)
    }

    /// Whether requests should come here: not while stopping, while changes fail, nor while the store cannot
    /// be read (which is 503 by itself).
    @Sendable func ready(_ call: Call) async throws -> Response {
        guard readiness.isServing else {
            throw HTTPError(.serviceUnavailable, "Stopping", fields: [ErrorAnswers.retryAfter])
        }
        guard readiness.canWrite else {
            throw HTTPError(.serviceUnavailable, "Service unavailable", fields: [ErrorAnswers.retryAfter])
        }
        _ = try await accounts.userCount()
        return status(call)
    }

    @Sendable func stats(_ call: Call, _ caller: Caller) async throws -> Response {
        Response(status: .ok, body: JSONText.of(["users": try await accounts.userCount()]))
    }

    @Sendable func unauthorized(_ call: Call) throws -> Response {
        throw HTTPError(.unauthorized)
    }

    @Sendable func forbidden(_ call: Call) throws -> Response {
        throw HTTPError(.forbidden)
    }
}
