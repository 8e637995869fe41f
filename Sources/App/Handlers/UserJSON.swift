import Auth
import HTTP
import Telemetry

/// **U** of docs/HTTP.md: a user as the Simple API shows it.
struct UserJSON: Encodable {
    let user: User

    private enum Key: String, CodingKey {
        case createdAt = "created_at"
        case email
        case firstName = "first_name"
        case id
        case lastName = "last_name"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(UTCText.of(user.createdAt.seconds), forKey: .createdAt)
        try container.encode(user.email.text, forKey: .email)
        // With `encode`, not `encodeIfPresent`: null is written.
        try container.encode(user.firstName, forKey: .firstName)
        try container.encode(user.id.description, forKey: .id)
        try container.encode(user.lastName, forKey: .lastName)
        try container.encode(UTCText.of(user.updatedAt.seconds), forKey: .updatedAt)
    }
}

extension UserRendering {
    /// Both hot answers about a user.
    init(of user: User) {
        self.init(
            user: JSONText.of(UserJSON(user: user)), profile: JSONText.of(["email": user.email.text]))
    }
}
