import Auth
import Telemetry

/// The answer of `GET /sessions/whoami`, put together from octets: every service asks it for every request, and a
/// JSON encoder would take longer than all the rest.
enum WhoamiText {
    private static let created = Array(#"{"session":{"created_at":""#.utf8)
    private static let expires = Array(#"","current":true,"expires_at":""#.utf8)
    private static let expiresNever = Array(#"","current":true,"expires_at":null,"id":""#.utf8)
    private static let id = Array(#"","id":""#.utf8)
    private static let seen = Array(#"","last_seen_at":""#.utf8)
    private static let remembered = Array(#"","remembered":true},"user":"#.utf8)
    private static let notRemembered = Array(#"","remembered":false},"user":"#.utf8)
    private static let withoutSession = Array(#"{"session":null,"user":"#.utf8)
    private static let end = Array("}\n".utf8)

    /// The session, whose members need no escapes, and the user as rendered before.
    static func of(_ session: Session?, times: SessionTimes?, user: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(user.count + 256)
        if let session, let times {
            text.append(contentsOf: created)
            UTCText.append(times.createdAt.seconds, to: &text)
            if let end = times.expiresAt {
                text.append(contentsOf: expires)
                UTCText.append(end.seconds, to: &text)
                text.append(contentsOf: id)
            } else {
                text.append(contentsOf: expiresNever)
            }
            session.id.append(to: &text)
            text.append(contentsOf: seen)
            UTCText.append(times.seenAt.seconds, to: &text)
            text.append(contentsOf: session.isRemembered ? remembered : notRemembered)
        } else {
            text.append(contentsOf: withoutSession)
        }
        // Without its line end.
        text.append(contentsOf: user.dropLast())
        text.append(contentsOf: end)
        return text
    }
}
