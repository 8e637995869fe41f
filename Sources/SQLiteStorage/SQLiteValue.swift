import Auth
import Crypto

/// What can be bound to a parameter.
enum SQLiteValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    static func optional(_ text: String?) -> SQLiteValue { text.map(SQLiteValue.text) ?? .null }
    static func bool(_ flag: Bool) -> SQLiteValue { .integer(flag ? 1 : 0) }
    static func time(_ time: WallTime) -> SQLiteValue { .integer(time.milliseconds) }
    static func time(_ time: WallTime?) -> SQLiteValue { time.map(SQLiteValue.time) ?? .null }
    static func digest(_ digest: Digest) -> SQLiteValue { .blob(digest.bytes) }

    /// The 16 octets of the UUID.
    static func user(_ id: UserID) -> SQLiteValue { .blob(id.high.octets + id.low.octets) }
    static func credential(_ id: CredentialID) -> SQLiteValue { .blob(id.high.octets + id.low.octets) }
    static func session(_ id: SessionID) -> SQLiteValue { .blob(id.high.octets + id.low.octets) }
    /// NULL, which is no session's, for none.
    static func session(_ id: SessionID?) -> SQLiteValue { id.map(SQLiteValue.session) ?? .null }
}
