/// An app password that Digest may compute with, and its user as of now.
struct OpenAppPassword: Sendable {
    /// As it was shown to the user.
    let secret: String
    let user: UserSnapshot
    let live: LiveCredential

    var id: CredentialID { live.id }
}

extension OpenAppPassword: CustomStringConvertible, CustomReflectable {
    /// Without the secret.
    var description: String { "OpenAppPassword(\(id))" }
    /// Nothing to see, also for `dump`.
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension Accounts {
    /// The app passwords of the user with this address, in whatever case, or alias (`CredentialMap.setAliases`); none of
    /// a disabled user. From memory.
    func appPasswords(named name: String, at now: Moment) -> [OpenAppPassword] {
        credentials.appPasswords(of: name).compactMap { live in
            guard case .password(let secret?) = live.secret, !live.hasExpired(at: now.wall) else {
                return nil
            }
            let user = live.user.current(sessions.render)
            return user.user.isDisabled ? nil : OpenAppPassword(secret: secret, user: user, live: live)
        }
    }

    /// Notes that one of them signed a request; nothing is written yet.
    func noteUse(of password: OpenAppPassword, at now: Moment) {
        credentials.noteUse(of: password.live, at: now.wall)
    }
}
