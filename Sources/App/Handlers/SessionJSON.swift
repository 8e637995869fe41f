import Auth
import Telemetry

/// A session as its owner and administrators see it (docs/HTTP.md, "Sessions"); never the token.
struct SessionJSON: Codable, Sendable, Equatable {
    var address: String?
    var createdAt: String
    /// Whether it is the caller's; nil where there is none, and then it is not written.
    var isCurrent: Bool?
    var expiresAt: String?
    var id: String
    var lastSeenAt: String
    var isRemembered: Bool
    var userAgent: String?

    private enum CodingKeys: String, CodingKey {
        case address
        case createdAt = "created_at"
        case isCurrent = "current"
        case expiresAt = "expires_at"
        case id
        case lastSeenAt = "last_seen_at"
        case isRemembered = "remembered"
        case userAgent = "user_agent"
    }

    init(_ session: Session, _ client: SessionClient, _ times: SessionTimes, isCurrent: Bool? = nil) {
        address = client.address
        createdAt = UTCText.of(times.createdAt.seconds)
        self.isCurrent = isCurrent
        expiresAt = times.expiresAt.map { UTCText.of($0.seconds) }
        id = session.id.description
        lastSeenAt = UTCText.of(times.seenAt.seconds)
        isRemembered = session.isRemembered
        userAgent = client.userAgent
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        // With `encode`, not `encodeIfPresent`: null is written.
        try container.encode(address, forKey: .address)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encodeIfPresent(isCurrent, forKey: .isCurrent)
        try container.encode(expiresAt, forKey: .expiresAt)
        try container.encode(id, forKey: .id)
        try container.encode(lastSeenAt, forKey: .lastSeenAt)
        try container.encode(isRemembered, forKey: .isRemembered)
        try container.encode(userAgent, forKey: .userAgent)
    }
}

extension Accounts {
    /// A user's live sessions in order of creation; `isCurrent` says of each whether it is the caller's, or nil where
    /// that concerns nobody.
    func sessionList(
        of user: UserID, at now: Moment, isCurrent: (SessionID) -> Bool? = { _ in nil }
    ) async throws -> [SessionJSON] {
        try await sessions(of: user, at: now).map { session, client in
            SessionJSON(
                session, client, SessionTimes(of: session, in: sessions, at: now),
                isCurrent: isCurrent(session.id))
        }
    }
}
