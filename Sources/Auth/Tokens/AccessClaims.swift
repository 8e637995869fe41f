import FoundationEssentials
import HTTP

/// What an access token says (RFC 7519 §4.1, RFC 9068 §2.2). Times are whole seconds since the epoch.
struct AccessClaims: Sendable, Equatable {
    var issuer: String
    var audience: String
    var user: UserID
    var session: SessionID
    /// Differs in each token.
    var id: String
    var issuedAt: Int64
    var expiresAt: Int64
    /// When the user signed in (OpenID Connect Core §2).
    var authenticatedAt: Int64

    /// `client_id`, which RFC 9068 demands: whoever signs in here does so by this server's own interface.
    static let client = "sessiond"
    /// The last second that every JSON number tells from the next (RFC 8259 §6).
    private static let latest: Int64 = 1 << 53
}

extension AccessClaims: Encodable {
    private enum Member: String, CodingKey {
        case audience = "aud"
        case authenticatedAt = "auth_time"
        case client = "client_id"
        case expiresAt = "exp"
        case issuedAt = "iat"
        case issuer = "iss"
        case id = "jti"
        case session = "sid"
        case user = "sub"
        case notBefore = "nbf"
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Member.self)
        try members.encode(audience, forKey: .audience)
        try members.encode(authenticatedAt, forKey: .authenticatedAt)
        try members.encode(Self.client, forKey: .client)
        try members.encode(expiresAt, forKey: .expiresAt)
        try members.encode(issuedAt, forKey: .issuedAt)
        try members.encode(issuer, forKey: .issuer)
        try members.encode(id, forKey: .id)
        try members.encode(session.description, forKey: .session)
        try members.encode(user.description, forKey: .user)
    }

    /// Reads the claims of a token whose signature is good. Nil: they are not such as this server writes. A text where a
    /// number belongs, a number where a text does, or two members with one name: none of that is.
    ///
    /// - Returns: The claims, and `nbf` if there is one (nothing here writes it).
    static func read(_ octets: [UInt8]) -> (claims: AccessClaims, notBefore: Int64?)? {
        guard let object = JSONObject(flat: octets) else { return nil }
        func text(_ member: Member) -> String? { object[member.rawValue]?.string }
        func seconds(_ member: Member) -> Int64? {
            guard case .number(let number) = object[member.rawValue] else { return nil }
            return Int64(exactly: number).flatMap { (0...Self.latest).contains($0) ? $0 : nil }
        }
        guard let issuer = text(.issuer), let audience = text(.audience), let id = text(.id),
            let user = text(.user).flatMap(UserID.init), let session = text(.session).flatMap(SessionID.init),
            text(.client) == client, let issuedAt = seconds(.issuedAt),
            let expiresAt = seconds(.expiresAt), let authenticatedAt = seconds(.authenticatedAt)
        else { return nil }
        let notBefore = seconds(.notBefore)
        guard notBefore != nil || object[Member.notBefore.rawValue] == nil else { return nil }
        let claims = AccessClaims(
            issuer: issuer, audience: audience, user: user, session: session, id: id, issuedAt: issuedAt,
            expiresAt: expiresAt, authenticatedAt: authenticatedAt)
        return (claims, notBefore)
    }
}
