/// Durable users. Each call is one transaction and returns after its commit. "Not there" is an answer, not an
/// error: only a store that cannot answer throws (`StoreFailure`, or `WorkerPool.Overloaded` when its queue is full).
///
/// Every change makes `updatedAt` later than it was, by a millisecond if the clock does not: so two answers that
/// overtake each other can be put in order.
public protocol UserStore: Sendable {
    /// Adds an account. Nil: the address is taken, in whatever case, and nothing was changed.
    func insert(_ account: NewAccount) async throws -> User?
    /// Adds accounts, all in one transaction. Nil in the place of one: its address is taken.
    func insert(_ accounts: [NewAccount]) async throws -> [User?]
    /// The account with this address.
    func account(email: EmailAddress) async throws -> Account?
    /// The account with this identifier.
    func account(id: UserID) async throws -> Account?
    /// Users in order of creation: those after `after` (all of them when nil; none when `after` is unknown), at
    /// most `limit` when there is one.
    func users(after: UserID?, limit: Int?) async throws -> [User]
    /// How many users there are.
    func userCount() async throws -> Int
    /// Changes names, where given; an empty string is stored. Nil: unknown user.
    func rename(_ id: UserID, firstName: String?, lastName: String?, at time: WallTime) async throws -> User?
    /// Sets a new password hash, counts `credentialVersion` up, and in the same transaction deletes the user's
    /// sessions, credentials, reset tokens and wishes for another address. Nil: unknown user.
    func setPassword(_ id: UserID, hash: String, at time: WallTime) async throws -> User?
    /// The same, except that credentials stay, if `credentialVersion` is still this and the user not disabled, else nil:
    /// of parallel changes one wins.
    /// With `noticing` a mail about it is queued.
    func changePassword(
        _ id: UserID, hash: String, from credentialVersion: Int64, at time: WallTime, noticing: Bool
    ) async throws -> User?
    /// Replaces a hash by one of the same password with other parameters, if `credentialVersion` is still this.
    func rehash(_ id: UserID, hash: String, credentialVersion: Int64) async throws
    /// Makes a user administrator, or no longer. A change counts `credentialVersion` up and in the same transaction
    /// deletes the user's sessions. Nil: unknown user.
    func setAdministrator(_ id: UserID, _ isAdministrator: Bool, at time: WallTime) async throws -> User?
    /// Disables a user, or enables it again. A change counts `credentialVersion` up and in the same transaction deletes
    /// the user's sessions and reset tokens. Nil: unknown user.
    func setDisabled(_ id: UserID, _ isDisabled: Bool, at time: WallTime) async throws -> User?
    /// Deletes a user with all sessions, credentials and reset tokens. False: there was none.
    func delete(_ id: UserID) async throws -> Bool
}
