/// A user as the rest of the server sees it: no password, no hash.
public struct User: Sendable, Equatable {
    /// Names the user for ever.
    public var id: UserID
    /// As registered; unique whatever the case.
    public var email: EmailAddress
    /// As given; nil until it is.
    public var firstName: String?
    /// As given; nil until it is.
    public var lastName: String?
    /// When the account was registered.
    public var createdAt: WallTime
    /// When anything of it changed last; later with every change.
    public var updatedAt: WallTime
    /// Whether the access rules let it do everything.
    public var isAdministrator: Bool
    /// Whether the user may not sign in, nor use what was proved before.
    public var isDisabled: Bool
    /// Counts changes of the password and of rights. What was proved under an older number is worth nothing: a
    /// sign-in that verified the old password while it was being changed cannot become a session.
    public var credentialVersion: Int64

    /// All that is known of a user.
    public init(
        id: UserID, email: EmailAddress, firstName: String? = nil, lastName: String? = nil,
        createdAt: WallTime, updatedAt: WallTime, isAdministrator: Bool = false, isDisabled: Bool = false,
        credentialVersion: Int64 = 1
    ) {
        self.id = id
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isAdministrator = isAdministrator
        self.isDisabled = isDisabled
        self.credentialVersion = credentialVersion
    }
}

/// A user together with what verifies the password. Does not leave Auth and the stores.
public struct Account: Sendable, Equatable {
    /// The user.
    public var user: User
    /// What verifies the password: `$argon2id$…`, or another server's (see `PasswordHashing`).
    public var passwordHash: String

    /// A user with the hash of the password.
    public init(user: User, passwordHash: String) {
        self.user = user
        self.passwordHash = passwordHash
    }
}

extension Account: CustomStringConvertible, CustomReflectable {
    /// Without the hash.
    public var description: String { "Account(\(user.id))" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What registration knows before the store gives it a place.
public struct NewAccount: Sendable {
    /// Names the user for ever.
    public var id: UserID
    /// As registered; unique whatever the case.
    public var email: EmailAddress
    /// As given; nil until it is.
    public var firstName: String?
    /// As given; nil until it is.
    public var lastName: String?
    /// What verifies the password: `$argon2id$…`, or another server's (see `PasswordHashing`).
    public var passwordHash: String
    /// When the account was registered.
    public var createdAt: WallTime
    /// Become administrator if no account was ever registered before this one.
    public var administratorIfFirst: Bool
    /// Become administrator in any case.
    public var isAdministrator: Bool

    /// An account to be.
    public init(
        id: UserID, email: EmailAddress, firstName: String?, lastName: String?, passwordHash: String,
        createdAt: WallTime, administratorIfFirst: Bool, isAdministrator: Bool = false
    ) {
        self.id = id
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.passwordHash = passwordHash
        self.createdAt = createdAt
        self.administratorIfFirst = administratorIfFirst
        self.isAdministrator = isAdministrator
    }
}

extension NewAccount: CustomStringConvertible, CustomReflectable {
    /// Without the hash.
    public var description: String { "NewAccount(\(id))" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
