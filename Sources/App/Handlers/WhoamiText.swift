import Auth
import Telemetry

/// The answer of `GET /sessions/whoami`, put together from octets: every service asks it for every request, and a
/// JSON encoder would take longer than all the rest.
enum WhoamiText {
    /// The session, whose members need no escapes, and the user as rendered before.
    static func of(_ session: Session?, times: SessionTimes?, user: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(user.count + 256)
        if let session, let times {
            text.append(contentsOf: "{\"session\":{\"created_at\":\"".utf8)
            UTCText.append(times.createdAt.seconds, to: &text)
            text.append(contentsOf: "\",\"current\":true,\"expires_at\":".utf8)
            if let end = times.expiresAt {
                text.append(UInt8(ascii: "\""))
                UTCText.append(end.seconds, to: &text)
                text.append(UInt8(ascii: "\""))
            } else {
                text.append(contentsOf: "null".utf8)
            }
            text.append(contentsOf: ",\"id\":\"".utf8)
            session.id.append(to: &text)
            text.append(contentsOf: "\",\"last_seen_at\":\"".utf8)
            UTCText.append(times.seenAt.seconds, to: &text)
            text.append(contentsOf: "\",\"remembered\":".utf8)
            text.append(contentsOf: (session.isRemembered ? "true" : "false").utf8)
            text.append(contentsOf: "},\"user\":".utf8)
        } else {
            text.append(contentsOf: "{\"session\":null,\"user\":".utf8)
        }
        // Without its line end.
        text.append(contentsOf: user.dropLast())
        text.append(contentsOf: "}\n".utf8)
        return text
    }
}
