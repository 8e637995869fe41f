import Crypto

/// A credential that was just issued, with the secret that only its user may see.
public struct IssuedCredential: Sendable {
    /// What is shown of it.
    public let credential: Credential
    /// The API key, or the app password.
    public let secret: String
}

extension IssuedCredential: CustomStringConvertible, CustomReflectable {
    /// Without the secret.
    public var description: String { "IssuedCredential(\(credential.id))" }
    /// Nothing to see, also for `dump`.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

// API keys and app passwords (docs/adr/0023).
extension Accounts {
    /// Why a credential was not issued. The text is for the client.
    public enum IssueRefusal: Error, Equatable {
        /// The user has as many of this kind already.
        case tooMany(Int)
        /// What the wish was proved by does not hold any more.
        case outdated
    }

    /// Issues a credential to whoever is signed in. Throws `IssueRefusal`.
    public func issue(
        _ kind: Credential.Kind, _ terms: CredentialTerms, for signedIn: SignedIn, at now: Moment
    ) async throws -> IssuedCredential {
        // Of a session what its own sign-in proved, which may be older than what is known of the user.
        let proved = signedIn.session.map { Int64($0.entry.credentialVersion) }
        return try await issue(kind, terms, for: signedIn.user, proved: proved, at: now)
    }

    /// Issues a credential to a user, for the operator. Throws `IssueRefusal`.
    public func issue(
        _ kind: Credential.Kind, _ terms: CredentialTerms, for user: User, at now: Moment
    ) async throws -> IssuedCredential {
        try await issue(kind, terms, for: user, proved: nil, at: now)
    }

    /// It is in the map first, while nobody knows its secret; then the store confirms that its user may have it. A
    /// change that is committed before that makes it fail; one that is committed after it finds it in the map.
    private func issue(
        _ kind: Credential.Kind, _ terms: CredentialTerms, for user: User, proved: Int64?, at now: Moment
    ) async throws -> IssuedCredential {
        let version = proved ?? user.credentialVersion
        let credential = Credential(
            id: .random(), kind: kind, userID: user.id, name: terms.name, createdAt: now.wall,
            expiresAt: terms.lifetime.map { now.wall + $0 }, isReadOnly: terms.isReadOnly)
        let (text, live, kept) = secret(of: credential)
        let most = policy.credentials.most(of: kind)
        credentials.insert(credential, live, of: user, credentialVersion: version)
        do {
            switch try await stores.insert(
                StoredCredential(credential: credential, secret: kept), credentialVersion: version,
                mostPerUser: most)
            {
            case .stored(let user, let ended):
                credentials.update(user)
                for id in ended { credentials.remove(id, of: user.id) }
                return IssuedCredential(credential: credential, secret: text)
            case .tooMany: throw IssueRefusal.tooMany(most)
            case .outdated: throw IssueRefusal.outdated
            }
        } catch {
            credentials.remove(credential.id, of: user.id)
            throw error
        }
    }

    /// A fresh secret: for the user, for the map, for the disk.
    private func secret(of credential: Credential) -> (String, LiveCredential.Secret, [UInt8]) {
        switch credential.kind {
        case .apiKey:
            let key = APIKey.random()
            return (key.text, .key(key.digest), key.digest.bytes)
        case .appPassword:
            let text = AppPassword.random()
            let sealed = sealing.seal(Array(text.utf8), for: AppPassword.purpose(of: credential.id))
            return (text, .password(text), sealed)
        }
    }

    /// A user's credentials of this kind, oldest first; also those that have expired.
    public func credentials(_ kind: Credential.Kind, of user: UserID) -> [Credential] {
        credentials.credentials(of: user, kind)
    }

    /// Ends a credential of this user. False: there is none of this name.
    public func revoke(
        _ kind: Credential.Kind, _ id: CredentialID, of user: UserID
    ) async throws -> Bool {
        let existed = try await stores.deleteCredential(id, kind, of: user)
        if existed { credentials.remove(id, of: user) }
        return existed
    }

    /// Ends all credentials of this kind of a user, and returns how many there were.
    public func revokeAll(_ kind: Credential.Kind, of user: UserID) async throws -> Int {
        let ended = try await stores.deleteCredentials(kind, of: user)
        for id in ended { credentials.remove(id, of: user) }
        return ended.count
    }

    // MARK: Memory and disk

    /// Reads all credentials. Before the first request. Returns how many app passwords could not be unsealed: they are
    /// listed, and open nothing.
    public func restoreCredentials() async throws -> Int {
        try await stores.loadCredentials { [self] stored, user in
            guard let secret = secret(in: stored) else { return }
            credentials.insert(
                stored.credential, secret, of: user, credentialVersion: user.credentialVersion)
        }
        return credentials.unopened
    }

    private func secret(in stored: StoredCredential) -> LiveCredential.Secret? {
        switch stored.credential.kind {
        case .apiKey: return Digest(stored.secret).map { .key($0) }
        case .appPassword:
            let purpose = AppPassword.purpose(of: stored.credential.id)
            let text = sealing.open(stored.secret, for: purpose)
            return .password(text.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    /// How far what the disk knows of the last use may be behind. Default one minute.
    private static let saveInterval = Duration.seconds(60)

    /// Credentials that were used since that was written, once in `saveInterval`; when `now` is nil, at once.
    public func takeUsedCredentials(at now: Moment?) -> [UsedCredential] {
        credentials.takeUnsaved(at: now?.steady, every: Self.saveInterval).compactMap(UsedCredential.init)
    }

    /// Writes when these were used last. If that fails, they come again.
    public func save(_ used: [UsedCredential]) async throws {
        guard !used.isEmpty else { return }
        do {
            try await stores.setUsed(used.map { ($0.live.id, $0.at) })
        } catch {
            credentials.putBack(used.map(\.live))
            throw error
        }
    }
}

/// When a credential was used last.
public struct UsedCredential: Sendable {
    let live: LiveCredential
    let at: WallTime

    init?(_ live: LiveCredential) {
        guard let time = live.lastUse else { return nil }
        (self.live, at) = (live, time)
    }
}
