/// Why an access token is not taken. For the operator; a client is told no more than `description`.
public enum TokenRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    /// Not three parts of base64url, too long, or claims that are no flat JSON object.
    case malformed
    /// A header that none of the keys in force writes: another algorithm, another or no `kid`, anything beside them.
    case unknownKey = "unknown_key"
    /// Not signed by that key.
    case badSignature = "bad_signature"
    /// Signed by this server, and yet not an access token of this issuer for this audience.
    case wrongClaims = "wrong_claims"
    /// Past its end.
    case expired
    /// From the future.
    case early
    /// Its session is not live, or not this user's.
    case sessionEnded = "session_ended"
    /// Its user was deleted or disabled.
    case unknownUser = "unknown_user"

    /// For the client: what it can do something about.
    public var description: String {
        switch self {
        case .expired: "The access token expired"
        case .sessionEnded, .unknownUser: "The session has ended"
        case .malformed, .unknownKey, .badSignature, .wrongClaims, .early: "The access token is not valid"
        }
    }
}
