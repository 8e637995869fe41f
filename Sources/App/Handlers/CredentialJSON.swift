import Auth
import Telemetry

/// A credential as its owner and administrators see it (docs/HTTP.md, "API keys" and "App passwords"). With the secret
/// once, when it is issued.
struct CredentialJSON: Codable, Sendable, Equatable {
    var createdAt: String
    var expiresAt: String?
    var id: String
    /// The secret of a new API key.
    var key: String?
    var lastUsedAt: String?
    var name: String
    /// The secret of a new app password, and what to give beside it.
    var password: String?
    var username: String?
    /// Nil: an app password, which has neither this nor an end.
    var isReadOnly: Bool?

    private enum CodingKeys: String, CodingKey {
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case id, key
        case lastUsedAt = "last_used_at"
        case name, password, username
        case isReadOnly = "read_only"
    }

    init(_ credential: Credential) {
        createdAt = UTCText.of(credential.createdAt.seconds)
        expiresAt = credential.expiresAt.map { UTCText.of($0.seconds) }
        id = credential.id.description
        lastUsedAt = credential.lastUsedAt.map { UTCText.of($0.seconds) }
        name = credential.name
        isReadOnly = credential.kind == .apiKey ? credential.isReadOnly : nil
    }

    /// For the one answer that shows the secret.
    init(_ issued: IssuedCredential, of user: User) {
        self.init(issued.credential)
        switch issued.credential.kind {
        case .apiKey: key = issued.secret
        case .appPassword: (password, username) = (issued.secret, user.email.text)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(id, forKey: .id)
        try container.encodeIfPresent(key, forKey: .key)
        // With `encode`, not `encodeIfPresent`: null is written.
        try container.encode(lastUsedAt, forKey: .lastUsedAt)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(password, forKey: .password)
        try container.encodeIfPresent(username, forKey: .username)
        guard let isReadOnly else { return }
        try container.encode(expiresAt, forKey: .expiresAt)
        try container.encode(isReadOnly, forKey: .isReadOnly)
    }
}

extension CredentialJSON: CustomStringConvertible, CustomReflectable {
    /// Without the secret.
    var description: String { "CredentialJSON(\(id))" }
    /// Nothing to see, also for `dump`.
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension Accounts {
    /// A user's credentials of a kind, oldest first.
    func credentialList(_ kind: Credential.Kind, of user: UserID) -> [CredentialJSON] {
        credentials(kind, of: user).map(CredentialJSON.init)
    }
}

extension Credential.Kind {
    /// Its word in the audit log.
    var word: String {
        switch self {
        case .apiKey: "api_key"
        case .appPassword: "app_password"
        }
    }

    /// What several are called.
    var plural: String {
        switch self {
        case .apiKey: "API keys"
        case .appPassword: "app passwords"
        }
    }
}

extension Accounts.IssueRefusal {
    /// In words.
    func text(_ kind: Credential.Kind) -> String {
        switch self {
        case .tooMany(let most): "no more than \(most) \(kind.plural): revoke one first"
        case .outdated: "the account was changed meanwhile"
        }
    }
}
