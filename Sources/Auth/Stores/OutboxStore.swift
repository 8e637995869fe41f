public import Crypto

/// What a mail is about. The numbers are on disk.
public enum MailKind: Int64, Sendable, CaseIterable {
    /// A token to set a new password with.
    case reset = 1
    /// To an address that shall become the user's: a token that proves it is.
    case emailConfirmation = 2
    /// To the address so far: another one was asked for.
    case emailNotice = 3
    /// The password was changed.
    case passwordNotice = 4
}

/// A mail that waits in the outbox. Its text is made when it is sent; there is no secret in it.
public struct QueuedMail: Sendable, Equatable {
    /// Names this wish: a newer one of the same kind and user has another.
    public var id: Int64
    /// What it is about.
    public var kind: MailKind
    /// Whom it concerns.
    public var userID: UserID
    /// Where it goes.
    public var address: EmailAddress
    /// When it was asked for.
    public var askedAt: WallTime
    /// How often it was tried in vain.
    public var attempts: Int

    /// A mail that waits.
    public init(
        id: Int64, kind: MailKind, userID: UserID, address: EmailAddress, askedAt: WallTime, attempts: Int
    ) {
        self.id = id
        self.kind = kind
        self.userID = userID
        self.address = address
        self.askedAt = askedAt
        self.attempts = attempts
    }

    /// Least time between two mails of one kind to one user: asking a thousand times sends few. Default one minute.
    public static let spacing = Duration.seconds(60)
}

/// Mail to be sent: of each kind at most one a user. Each call is one transaction and returns after its commit.
///
/// A mail that was sent is remembered for `QueuedMail.spacing`.
public protocol OutboxStore: Sendable {
    /// Notes that a reset mail to this address was asked for. Nobody looks up here whether it has an account, so that
    /// the time does not tell.
    func noteResetRequest(for email: EmailAddress, at time: WallTime) async throws
    /// Takes at most `limit` of those notes, and for each whose address an enabled user has queues a reset mail,
    /// unless one waits already or was just sent. Returns how many notes it took.
    func queueRequestedResets(at time: WallTime, limit: Int) async throws -> Int
    /// Mails that shall be sent at `time`, the first due first. Those from a time that is yet to come were asked for before
    /// the clock was set back: they are due.
    func dueMail(at time: WallTime, limit: Int) async throws -> [QueuedMail]
    /// When the next mail is due; nil: none waits.
    func nextMail() async throws -> WallTime?
    /// Notes that a mail was sent; not if a newer wish took its place.
    func noteSent(_ mail: Int64, at time: WallTime) async throws
    /// Notes that a mail was tried in vain at `time`, and when to try again.
    func putOff(_ mail: Int64, at time: WallTime, until: WallTime) async throws
    /// Gives a mail up.
    func drop(_ mail: Int64) async throws
}

/// What came of the use of a token for another address.
public enum EmailChangeOutcome: Sendable, Equatable {
    /// The user has the new address.
    case changed(User)
    /// Somebody else has it by now; the wish is gone.
    case taken
    /// No such token of this user, or expired.
    case unknown
}

/// Users' wishes for another address: at most one each. Each call is one transaction and returns after its commit.
public protocol EmailChangeStore: Sendable {
    /// Stores a wish; it replaces an older one. Without a token it can be used once `setEmailChangeToken` has given
    /// it one, and mails to the new address and to the one so far are queued. False: unknown or disabled user.
    func insertEmailChange(
        to email: EmailAddress, of user: UserID, token: Digest?, at time: WallTime, expiresAt: WallTime
    ) async throws -> Bool
    /// Gives the wish of this user for this address a token; it replaces an older one. False: there is no such wish.
    func setEmailChangeToken(
        _ token: Digest, to email: EmailAddress, of user: UserID, expiresAt: WallTime
    ) async throws -> Bool
    /// Uses a token up, gives the user the address, and voids reset tokens that went to the old one.
    func redeemEmailChange(
        _ token: Digest, of user: UserID, at time: WallTime
    ) async throws -> EmailChangeOutcome
}
