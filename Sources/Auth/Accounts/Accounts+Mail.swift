public import Crypto

// What the sender of mail asks for. It makes a token when it sends a mail: until then none exists, and the data file
// only ever holds its hash. A mail that is sent again has a new one.
extension Accounts {
    /// What a mail needs before it leaves.
    public enum MailContent: Sendable {
        /// This token.
        case token(SecretToken)
        /// Nothing.
        case notice
        /// It is not wanted any more.
        case nothing
    }

    /// Mails that wait longer are given up. Default 4 hours: whoever still needs one has asked again.
    public static let patienceForMail = Duration.seconds(14_400)

    /// Notes that are looked at in one transaction.
    private static let batch = 256

    /// Asks for a reset mail. Whether the address has an account is looked up later, so that neither the answer nor
    /// its time tells.
    public func requestResetMail(to given: String, at now: Moment) async throws {
        guard let email = EmailAddress(given) else { return }
        try await stores.noteResetRequest(for: email, at: now.wall)
    }

    /// Finds out whom the wishes so far concern, and queues their mails.
    public func queueRequestedMail(at now: Moment) async throws {
        while try await stores.queueRequestedResets(at: now.wall, limit: Self.batch) == Self.batch {}
    }

    /// Mails to be sent now, the first due first, at most `limit`.
    public func dueMail(at now: Moment, limit: Int) async throws -> [QueuedMail] {
        try await stores.dueMail(at: now.wall, limit: limit)
    }

    /// When the next mail is due; nil: none waits.
    public func nextMail() async throws -> WallTime? {
        try await stores.nextMail()
    }

    /// Makes what a mail needs. A token takes the place of older ones, and lives from now on.
    public func content(of mail: QueuedMail, at now: Moment) async throws -> MailContent {
        let token = SecretToken.random()
        let end = now.wall + policy.resetTokenLifetime
        let isStored: Bool
        switch mail.kind {
        case .emailNotice, .passwordNotice: return .notice
        case .reset:
            guard let user = try await user(mail.userID), !user.isDisabled else { return .nothing }
            isStored = try await stores.insertResetToken(
                token.digest, for: mail.userID, sentTo: mail.address, expiresAt: end)
        case .emailConfirmation:
            isStored = try await stores.setEmailChangeToken(
                token.digest, to: mail.address, of: mail.userID, expiresAt: end)
        }
        return isStored ? .token(token) : .nothing
    }

    /// The server has taken a mail.
    public func noteSent(_ mail: QueuedMail, at now: Moment) async throws {
        try await stores.noteSent(mail.id, at: now.wall)
    }

    /// Tries a mail again after a while.
    public func putOff(_ mail: QueuedMail, for pause: Duration, at now: Moment) async throws {
        try await stores.putOff(mail.id, at: now.wall, until: now.wall + pause)
    }

    /// Gives a mail up.
    public func drop(_ mail: QueuedMail) async throws {
        try await stores.drop(mail.id)
    }
}
