import Crypto
import Synchronization

/// A credential in memory.
final class LiveCredential: Sendable {
    /// What it is found or computed with.
    enum Secret: Sendable {
        case key(Digest)
        /// Nil: it could not be unsealed, and opens nothing.
        case password(String?)
    }

    private let issued: Credential
    let secret: Secret
    let user: LiveUser
    /// The user's `credentialVersion` when it was issued, or read at the start.
    let credentialVersion: Int64
    /// Milliseconds since the epoch; `.min`: never.
    private let lastUsed: Atomic<Int64>
    private let isUnsaved = Atomic(false)

    init(_ credential: Credential, _ secret: Secret, of user: LiveUser, credentialVersion: Int64) {
        issued = credential
        self.secret = secret
        self.user = user
        self.credentialVersion = credentialVersion
        lastUsed = Atomic(credential.lastUsedAt?.milliseconds ?? .min)
    }

    var id: CredentialID { issued.id }
    var kind: Credential.Kind { issued.kind }
    var isReadOnly: Bool { issued.isReadOnly }

    func hasExpired(at time: WallTime) -> Bool { issued.hasExpired(at: time) }

    /// What is shown of it, as of now.
    var credential: Credential {
        var credential = issued
        credential.lastUsedAt = lastUse
        return credential
    }

    /// Nil: it was never used.
    var lastUse: WallTime? {
        let time = lastUsed.load(ordering: .relaxed)
        return time == .min ? nil : WallTime(milliseconds: time)
    }

    /// Notes that it was used. True: for the first time since that was taken to be saved.
    func noteUse(at time: WallTime) -> Bool {
        if lastUsed.load(ordering: .relaxed) != time.milliseconds {
            lastUsed.store(time.milliseconds, ordering: .relaxed)
        }
        return markUnsaved()
    }

    /// False: it was so already.
    func markUnsaved() -> Bool {
        !isUnsaved.load(ordering: .relaxed) && !isUnsaved.exchange(true, ordering: .acquiring)
    }

    func markSaved() { isUnsaved.store(false, ordering: .releasing) }
}
