import Auth
import HTTP

/// The small answers of the Simple API.
struct StatusHandlers: Sendable {
    let accounts: Accounts

    private static let ok = JSONText.of(["status": "OK"])

    @Sendable func status(_ call: Call) -> Response {
        Response(status: .ok, body: Self.ok)
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
