/// What the operator decides about accounts.
public struct AccountPolicy: Sendable, Equatable {
    /// Which passwords may be set.
    public var passwords = PasswordPolicy()
    /// Whether the first account ever registered becomes administrator.
    public var firstUserIsAdministrator = true
    /// How long a reset token may be used. Default 15 minutes.
    public var resetTokenLifetime = Duration.seconds(900)
    /// Whether users get mail: tokens, and notices of what was changed.
    public var sendsMail = false
    /// How long a refresh token that was replaced is answered with its successor. Default 30 seconds.
    public var refreshGrace = Duration.seconds(30)
    /// How sessions live.
    public var sessions = SessionPolicy()
    /// How many credentials a user may have.
    public var credentials = CredentialPolicy()

    /// The defaults.
    public init() {}
}
