/// What came of the wish for a credential.
public enum CredentialInsertion: Sendable, Equatable {
    /// It is stored; with its user as of then, and which expired ones made room.
    case stored(User, ended: [CredentialID])
    /// The user has as many of this kind as may be, and none of them has expired.
    case tooMany
    /// There is no such user, or it is disabled, or has another `credentialVersion` by now.
    case outdated
}

/// Durable API keys and app passwords, which go with their user. Each call is one transaction and returns after its
/// commit.
public protocol CredentialStore: Sendable {
    /// Stores a credential if its user is not disabled and still has this `credentialVersion`. When the user has
    /// `mostPerUser` of the kind, those that have expired when this one is made are deleted first.
    func insert(
        _ credential: StoredCredential, credentialVersion: Int64, mostPerUser: Int
    ) async throws -> CredentialInsertion
    /// Deletes a credential of this user and kind. False: there was none.
    func deleteCredential(
        _ id: CredentialID, _ kind: Credential.Kind, of user: UserID
    ) async throws -> Bool
    /// Deletes all credentials of a user of this kind, and returns which.
    func deleteCredentials(_ kind: Credential.Kind, of user: UserID) async throws -> [CredentialID]
    /// Calls `body` with every credential and its user, for the start; a user's in the order in which they were issued.
    func loadCredentials(_ body: @escaping @Sendable (StoredCredential, User) -> Void) async throws
    /// Notes when credentials were used last; an unknown one is not an error.
    func setUsed(_ times: [(id: CredentialID, at: WallTime)]) async throws
}
