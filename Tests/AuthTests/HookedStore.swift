import Auth
import Crypto
import TestSupport
import Workers

/// Stores in memory that tell a test before and after each call, so that it decides what happens in between.
final class HookedStore: Stores, Sendable {
    /// The calls that a test may want to stand beside.
    enum Operation: Sendable {
        case insertAccount, findAccount, list, rename, setPassword, rehash, setAdministrator, setDisabled,
            deleteUser
        case insertSession, deleteSession, listSessions, loadSessions, setSeen, insertToken, findToken,
            redeemToken, changePassword, mail, insertFamily, advanceFamily, secret, signingKeys,
            insertCredential, deleteCredential, setUsed
    }

    /// A place between two steps.
    enum Place: Sendable, Equatable {
        case before(Operation)
        case after(Operation)
    }

    let base = MemoryStore()
    private let hook = Monitor<(@Sendable (Place) async throws -> Void)?>(nil)

    /// Has `body` called at every place from now on; what it throws, the store throws.
    func atEachPlace(_ body: (@Sendable (Place) async throws -> Void)?) {
        hook.withLock { $0 = body }
    }

    /// Has `body` called once, the first time the place is reached.
    func once(_ place: Place, _ body: @escaping @Sendable () async throws -> Void) {
        atEachPlace { [weak self] reached in
            guard reached == place else { return }
            self?.atEachPlace(nil)
            try await body()
        }
    }

    private func call<T: Sendable>(
        _ operation: Operation, _ body: (MemoryStore) async throws -> T
    ) async throws -> T {
        try await hook.withLock { $0 }?(.before(operation))
        let result = try await body(base)
        try await hook.withLock { $0 }?(.after(operation))
        return result
    }

    func insert(_ account: NewAccount) async throws -> User? {
        try await call(.insertAccount) { try await $0.insert(account) }
    }
    func insert(_ accounts: [NewAccount]) async throws -> [User?] {
        try await call(.insertAccount) { try await $0.insert(accounts) }
    }
    func account(email: EmailAddress) async throws -> Account? {
        try await call(.findAccount) { try await $0.account(email: email) }
    }
    func account(id: UserID) async throws -> Account? {
        try await call(.findAccount) { try await $0.account(id: id) }
    }
    func users(after: UserID?, limit: Int?) async throws -> [User] {
        try await call(.list) { try await $0.users(after: after, limit: limit) }
    }
    func userCount() async throws -> Int {
        try await call(.list) { try await $0.userCount() }
    }
    func rename(_ id: UserID, firstName: String?, lastName: String?, at time: WallTime) async throws -> User?
    {
        try await call(.rename) {
            try await $0.rename(id, firstName: firstName, lastName: lastName, at: time)
        }
    }
    func setPassword(_ id: UserID, hash: String, at time: WallTime) async throws -> User? {
        try await call(.setPassword) { try await $0.setPassword(id, hash: hash, at: time) }
    }
    func changePassword(
        _ id: UserID, hash: String, from version: Int64, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try await call(.changePassword) {
            try await $0.changePassword(id, hash: hash, from: version, at: time, noticing: noticing)
        }
    }
    func rehash(_ id: UserID, hash: String, credentialVersion: Int64) async throws {
        try await call(.rehash) { try await $0.rehash(id, hash: hash, credentialVersion: credentialVersion) }
    }
    func setAdministrator(_ id: UserID, _ isAdministrator: Bool, at time: WallTime) async throws -> User? {
        try await call(.setAdministrator) { try await $0.setAdministrator(id, isAdministrator, at: time) }
    }
    func delete(_ id: UserID) async throws -> Bool {
        try await call(.deleteUser) { try await $0.delete(id) }
    }
    func setDisabled(_ id: UserID, _ isDisabled: Bool, at time: WallTime) async throws -> User? {
        try await call(.setDisabled) { try await $0.setDisabled(id, isDisabled, at: time) }
    }
    func insert(
        _ session: SessionRecord, replacing: SessionID?, mostPerUser: Int
    ) async throws -> (user: User, ended: [SessionID])? {
        try await call(.insertSession) {
            try await $0.insert(session, replacing: replacing, mostPerUser: mostPerUser)
        }
    }
    func delete(_ ids: [SessionID]) async throws {
        try await call(.deleteSession) { try await $0.delete(ids) }
    }
    func deleteSessions(of user: UserID, except: SessionID?) async throws -> [SessionID] {
        try await call(.deleteSession) { try await $0.deleteSessions(of: user, except: except) }
    }
    func sessions(of user: UserID) async throws -> [SessionRecord] {
        try await call(.listSessions) { try await $0.sessions(of: user) }
    }
    func loadSessions(
        at time: WallTime, _ body: @escaping @Sendable (SessionRecord, User) -> Void
    ) async throws {
        try await call(.loadSessions) { try await $0.loadSessions(at: time, body) }
    }
    func setSeen(_ times: [(id: SessionID, at: WallTime)]) async throws {
        try await call(.setSeen) { try await $0.setSeen(times) }
    }
    func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int {
        try await call(.deleteSession) { try await $0.deleteExpiredSessions(before: time, limit: limit) }
    }
    func insertResetToken(
        _ token: Digest, for user: UserID, sentTo address: EmailAddress, expiresAt: WallTime
    ) async throws -> Bool {
        try await call(.insertToken) {
            try await $0.insertResetToken(token, for: user, sentTo: address, expiresAt: expiresAt)
        }
    }
    func hasResetToken(_ token: Digest, for user: UserID, at time: WallTime) async throws -> Bool {
        try await call(.findToken) { try await $0.hasResetToken(token, for: user, at: time) }
    }
    func redeemResetToken(
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try await call(.redeemToken) {
            try await $0.redeemResetToken(
                token, for: user, passwordHash: passwordHash, at: time, noticing: noticing)
        }
    }
    func signingKeys() async throws -> [SigningKeyRecord] {
        try await call(.signingKeys) { try await $0.signingKeys() }
    }
    func insert(_ key: SigningKeyRecord, deleting others: [String]) async throws {
        try await call(.signingKeys) { try await $0.insert(key, deleting: others) }
    }
    func secret(_ name: String, orStore candidate: [UInt8]) async throws -> [UInt8] {
        try await call(.secret) { try await $0.secret(name, orStore: candidate) }
    }
    func insert(_ family: RefreshFamily, most: Int) async throws -> Bool {
        try await call(.insertFamily) { try await $0.insert(family, most: most) }
    }
    func advance(
        _ family: RefreshFamilyID, past generation: Int64, at rotation: RefreshRotation
    ) async throws -> RefreshFamily? {
        try await call(.advanceFamily) { try await $0.advance(family, past: generation, at: rotation) }
    }
    func noteResetRequest(for email: EmailAddress, at time: WallTime) async throws {
        try await call(.mail) { try await $0.noteResetRequest(for: email, at: time) }
    }
    func queueRequestedResets(at time: WallTime, limit: Int) async throws -> Int {
        try await call(.mail) { try await $0.queueRequestedResets(at: time, limit: limit) }
    }
    func dueMail(at time: WallTime, limit: Int) async throws -> [QueuedMail] {
        try await call(.mail) { try await $0.dueMail(at: time, limit: limit) }
    }
    func nextMail() async throws -> WallTime? {
        try await call(.mail) { try await $0.nextMail() }
    }
    func noteSent(_ mail: Int64, at time: WallTime) async throws {
        try await call(.mail) { try await $0.noteSent(mail, at: time) }
    }
    func putOff(_ mail: Int64, at time: WallTime, until: WallTime) async throws {
        try await call(.mail) { try await $0.putOff(mail, at: time, until: until) }
    }
    func drop(_ mail: Int64) async throws {
        try await call(.mail) { try await $0.drop(mail) }
    }
    func insertEmailChange(
        to email: EmailAddress, of user: UserID, token: Digest?, at time: WallTime, expiresAt: WallTime
    ) async throws -> Bool {
        try await call(.mail) {
            try await $0.insertEmailChange(to: email, of: user, token: token, at: time, expiresAt: expiresAt)
        }
    }
    func setEmailChangeToken(
        _ token: Digest, to email: EmailAddress, of user: UserID, expiresAt: WallTime
    ) async throws -> Bool {
        try await call(.mail) {
            try await $0.setEmailChangeToken(token, to: email, of: user, expiresAt: expiresAt)
        }
    }
    func redeemEmailChange(
        _ token: Digest, of user: UserID, at time: WallTime
    ) async throws -> EmailChangeOutcome {
        try await call(.mail) { try await $0.redeemEmailChange(token, of: user, at: time) }
    }
    func insert(
        _ credential: StoredCredential, credentialVersion: Int64, mostPerUser: Int
    ) async throws -> CredentialInsertion {
        try await call(.insertCredential) {
            try await $0.insert(credential, credentialVersion: credentialVersion, mostPerUser: mostPerUser)
        }
    }
    func deleteCredential(
        _ id: CredentialID, _ kind: Credential.Kind, of user: UserID
    ) async throws -> Bool {
        try await call(.deleteCredential) { try await $0.deleteCredential(id, kind, of: user) }
    }
    func deleteCredentials(_ kind: Credential.Kind, of user: UserID) async throws -> [CredentialID] {
        try await call(.deleteCredential) { try await $0.deleteCredentials(kind, of: user) }
    }
    func loadCredentials(_ body: @escaping @Sendable (StoredCredential, User) -> Void) async throws {
        try await base.loadCredentials(body)
    }
    func setUsed(_ times: [(id: CredentialID, at: WallTime)]) async throws {
        try await call(.setUsed) { try await $0.setUsed(times) }
    }
}
