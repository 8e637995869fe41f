/// What a user made for a program to show in place of the password: an API key, or an app password.
public struct Credential: Sendable, Equatable {
    /// What it opens. The numbers are on disk.
    public enum Kind: Int64, Sendable, CaseIterable, Codable {
        /// Shown as a Bearer token or as the password of Basic. Only its hash is kept.
        case apiKey = 1
        /// A generated password that Digest computes with (RFC 7616). It is kept, sealed.
        case appPassword = 2
    }

    /// Its name, which is no secret.
    public var id: CredentialID
    /// What it opens.
    public var kind: Kind
    /// Whose it is.
    public var userID: UserID
    /// What the user calls it.
    public var name: String
    /// When it was issued.
    public var createdAt: WallTime
    /// The date from which it opens nothing; nil: never. A date goes by the wall clock, before and after a restart.
    public var expiresAt: WallTime?
    /// When it was shown last; nil: never.
    public var lastUsedAt: WallTime?
    /// Whether it opens safe methods alone (RFC 9110 §9.2.1).
    public var isReadOnly: Bool

    /// All that is shown of a credential.
    public init(
        id: CredentialID, kind: Kind, userID: UserID, name: String, createdAt: WallTime,
        expiresAt: WallTime? = nil, lastUsedAt: WallTime? = nil, isReadOnly: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.userID = userID
        self.name = name
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.isReadOnly = isReadOnly
    }

    func hasExpired(at time: WallTime) -> Bool { expiresAt.map { $0 <= time } ?? false }
}

/// A credential as it lies on disk.
public struct StoredCredential: Sendable, Equatable {
    /// What is shown of it.
    public var credential: Credential
    /// Of an API key the hash, of an app password the sealed text.
    public var secret: [UInt8]

    /// A credential and what is kept of its secret.
    public init(credential: Credential, secret: [UInt8]) {
        self.credential = credential
        self.secret = secret
    }
}

extension StoredCredential: CustomStringConvertible, CustomReflectable {
    /// Without the secret.
    public var description: String { "StoredCredential(\(credential.id))" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a user wants of a new credential.
public struct CredentialTerms: Sendable {
    /// Seconds that it may live: a minute to ten years.
    public static let lifetimes = 60...315_360_000
    /// Unicode scalars of a name.
    public static let nameLength = 1...100

    /// What the user calls it.
    public let name: String
    /// Nil: it does not expire.
    public let lifetime: Duration?
    /// Whether it opens safe methods alone.
    public let isReadOnly: Bool

    /// Nil: the name is too short, too long, or has control characters; or so many seconds are out of bounds.
    public init?(name: String, seconds: Int? = nil, isReadOnly: Bool = false) {
        guard Self.admits(name), seconds.map(Self.lifetimes.contains) ?? true else { return nil }
        self.name = name
        lifetime = seconds.map { .seconds($0) }
        self.isReadOnly = isReadOnly
    }

    /// Whether a credential can be called so.
    public static func admits(_ name: String) -> Bool {
        nameLength.contains(name.unicodeScalars.count)
            && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}
