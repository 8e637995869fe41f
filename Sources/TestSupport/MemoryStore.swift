public import Auth
public import Crypto
import Workers

/// Stores that forget everything with the process, and fail when told to.
public final class MemoryStore: Stores, Sendable {
    struct State {
        /// In order of creation.
        var accounts: [Account] = []
        var everHadAccount = false
        var sessions: [SessionID: SessionRecord] = [:] {
            didSet { refreshFamilies.keep { sessions[$0] != nil } }
        }
        var refreshFamilies = RefreshFamilyTable()
        var resetTokens: [UserID: (digest: Digest, expiresAt: WallTime)] = [:]
        var secrets: [String: [UInt8]] = [:]
        /// In the order in which they were issued.
        var credentials: [StoredCredential] = []
        var signingKeys: [String: SigningKeyRecord] = [:]
        var mail = Outbox()
        var failing = false
    }

    private let state = Locked(State())

    /// Empty stores.
    public init() {}

    /// While true every call throws `StoreFailure` and changes nothing.
    public var failing: Bool {
        get { state.withLock { $0.failing } }
        set { state.withLock { $0.failing = newValue } }
    }

    func access<T: Sendable>(_ body: (inout State) throws -> T) throws -> T {
        try state.withLock { state in
            guard !state.failing else { throw StoreFailure(code: 10, operation: "failing on demand") }
            return try body(&state)
        }
    }
}

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func insert(_ account: NewAccount) async throws -> User? {
        try access { state in Self.insert(account, in: &state) }
    }

    public func insert(_ accounts: [NewAccount]) async throws -> [User?] {
        try access { state in accounts.map { Self.insert($0, in: &state) } }
    }

    private static func insert(_ account: NewAccount, in state: inout State) -> User? {
        guard !state.accounts.contains(where: { $0.user.email == account.email }) else { return nil }
        let user = User(
            id: account.id, email: account.email, firstName: account.firstName,
            lastName: account.lastName, createdAt: account.createdAt, updatedAt: account.createdAt,
            isAdministrator: account.isAdministrator || account.administratorIfFirst && !state.everHadAccount)
        state.everHadAccount = true
        state.accounts.append(Account(user: user, passwordHash: account.passwordHash))
        return user
    }

    public func account(email: EmailAddress) async throws -> Account? {
        try access { state in state.accounts.first { $0.user.email == email } }
    }

    public func account(id: UserID) async throws -> Account? {
        try access { state in state.accounts.first { $0.user.id == id } }
    }

    public func users(after: UserID?, limit: Int?) async throws -> [User] {
        try access { state in
            var users = state.accounts.map(\.user)[...]
            if let after {
                guard let index = users.firstIndex(where: { $0.id == after }) else { return [] }
                users = users[(index + 1)...]
            }
            return Array(users.prefix(limit.map { max($0, 0) } ?? .max))
        }
    }

    public func userCount() async throws -> Int {
        try access { $0.accounts.count }
    }

    public func rename(
        _ id: UserID, firstName: String?, lastName: String?, at time: WallTime
    ) async throws -> User? {
        try change(id, at: time) { account, _ in
            account.user.firstName = firstName ?? account.user.firstName
            account.user.lastName = lastName ?? account.user.lastName
        }
    }

    public func setPassword(_ id: UserID, hash: String, at time: WallTime) async throws -> User? {
        try change(id, at: time) { account, state in
            Self.setPassword(hash, of: &account, in: &state)
            state.credentials.removeAll { $0.credential.userID == id }
        }
    }

    public func changePassword(
        _ id: UserID, hash: String, from credentialVersion: Int64, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try access { state in
            let user = state.accounts.first { $0.user.id == id }?.user
            guard let user, !user.isDisabled, user.credentialVersion == credentialVersion else { return nil }
            return Self.change(id, at: time, in: &state) { account, state in
                Self.setPassword(hash, of: &account, in: &state)
                if noticing { state.mail.queue(.passwordNotice, of: id, at: time) }
            }
        }
    }

    public func rehash(_ id: UserID, hash: String, credentialVersion: Int64) async throws {
        try access { state in
            let index = state.accounts.firstIndex {
                $0.user.id == id && $0.user.credentialVersion == credentialVersion
            }
            if let index { state.accounts[index].passwordHash = hash }
        }
    }

    public func setAdministrator(
        _ id: UserID, _ isAdministrator: Bool, at time: WallTime
    ) async throws -> User? {
        try changeRight(of: id, at: time) { user in
            defer { user.isAdministrator = isAdministrator }
            return user.isAdministrator != isAdministrator
        }
    }

    public func setDisabled(_ id: UserID, _ isDisabled: Bool, at time: WallTime) async throws -> User? {
        try changeRight(of: id, at: time) { user in
            defer { user.isDisabled = isDisabled }
            return user.isDisabled != isDisabled
        }
    }

    /// Changes one user by `body`, which says whether it did; then what was proved before is worth nothing.
    private func changeRight(
        of id: UserID, at time: WallTime, _ body: (inout User) -> Bool
    ) throws -> User? {
        try access { state in
            guard let index = state.accounts.firstIndex(where: { $0.user.id == id }) else { return nil }
            var user = state.accounts[index].user
            guard body(&user) else { return user }
            return Self.change(id, at: time, in: &state) { account, state in
                account.user = user
                account.user.credentialVersion += 1
                state.sessions = state.sessions.filter { $0.value.userID != id }
                if user.isDisabled {
                    state.resetTokens[id] = nil
                    state.mail.forget(id)
                }
            }
        }
    }

    public func delete(_ id: UserID) async throws -> Bool {
        try access { state in
            guard let index = state.accounts.firstIndex(where: { $0.user.id == id }) else { return false }
            state.accounts.remove(at: index)
            Self.forgetCredentials(of: id, in: &state)
            state.credentials.removeAll { $0.credential.userID == id }
            state.mail.waiting.removeAll { $0.mail.userID == id }
            return true
        }
    }

    /// Changes one account, as one transaction.
    private func change(
        _ id: UserID, at time: WallTime, _ body: (inout Account, inout State) -> Void
    ) throws -> User? {
        try access { state in Self.change(id, at: time, in: &state, body) }
    }

    static func change(
        _ id: UserID, at time: WallTime, in state: inout State, _ body: (inout Account, inout State) -> Void
    ) -> User? {
        guard let index = state.accounts.firstIndex(where: { $0.user.id == id }) else { return nil }
        var account = state.accounts[index]
        body(&account, &state)
        let next = WallTime(milliseconds: account.user.updatedAt.milliseconds + 1)
        account.user.updatedAt = max(time, next)
        state.accounts[index] = account
        return account.user
    }

    private static func setPassword(_ hash: String, of account: inout Account, in state: inout State) {
        account.passwordHash = hash
        account.user.credentialVersion += 1
        forgetCredentials(of: account.user.id, in: &state)
    }

    private static func forgetCredentials(of id: UserID, in state: inout State) {
        state.sessions = state.sessions.filter { $0.value.userID != id }
        state.resetTokens[id] = nil
        state.mail.forget(id)
    }
}

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func insert(
        _ session: SessionRecord, replacing: SessionID?, mostPerUser: Int
    ) async throws -> (user: User, ended: [SessionID])? {
        try access { state in
            let user = state.accounts.first { $0.user.id == session.userID }?.user
            guard let user, !user.isDisabled, user.credentialVersion == session.credentialVersion else {
                return nil
            }
            state.sessions[session.id] = session
            var ended = replacing.flatMap { state.sessions[$0]?.id }.map { [$0] } ?? []
            for id in ended { state.sessions[id] = nil }
            // Those of a time that is yet to come began before the clock was set back; the new one stays.
            let others = Self.sessions(of: user.id, in: state).filter { $0.id != session.id }
            let isYetToCome = { (other: SessionRecord) in other.createdAt > session.createdAt }
            let oldest = (others.filter(isYetToCome) + others.filter { !isYetToCome($0) })
                .dropLast(max(0, mostPerUser - 1)).map(\.id)
            for id in oldest { state.sessions[id] = nil }
            ended += oldest
            return (user, ended)
        }
    }

    public func delete(_ ids: [SessionID]) async throws {
        try access { state in for id in ids { state.sessions[id] = nil } }
    }

    public func deleteSessions(of user: UserID, except: SessionID?) async throws -> [SessionID] {
        try access { state in
            let ended = Self.sessions(of: user, in: state).map(\.id).filter { $0 != except }
            for id in ended { state.sessions[id] = nil }
            return ended
        }
    }

    public func sessions(of user: UserID) async throws -> [SessionRecord] {
        try access { state in Self.sessions(of: user, in: state) }
    }

    private static func sessions(of user: UserID, in state: State) -> [SessionRecord] {
        state.sessions.values.filter { $0.userID == user }.sorted { a, b in
            (a.createdAt, a.id.high, a.id.low) < (b.createdAt, b.id.high, b.id.low)
        }
    }

    public func loadSessions(
        at time: WallTime, _ body: @escaping @Sendable (SessionRecord, User) -> Void
    ) async throws {
        let live: [(SessionRecord, User)] = try access { state in
            let users = Dictionary(uniqueKeysWithValues: state.accounts.map { ($0.user.id, $0.user) })
            return state.sessions.values.compactMap { session in
                guard let user = users[session.userID] else { return nil }
                var session = session
                session.client = SessionClient()
                return session.expiresAt.map { $0 > time } ?? true ? (session, user) : nil
            }
        }
        for (session, user) in live { body(session, user) }
    }

    public func setSeen(_ times: [(id: SessionID, at: WallTime)]) async throws {
        try access { state in for (id, time) in times { state.sessions[id]?.seenAt = time } }
    }

    public func deleteExpiredSessions(before time: WallTime, limit: Int) async throws -> Int {
        try access { state in
            let expired = state.sessions.values.filter { $0.expiresAt.map { $0 < time } ?? false }
                .prefix(max(limit, 0))
            for session in expired { state.sessions[session.id] = nil }
            return expired.count
        }
    }

    public func insertResetToken(
        _ token: Digest, for user: UserID, sentTo address: EmailAddress, expiresAt: WallTime
    ) async throws -> Bool {
        try access { state in
            let isThere = state.accounts.contains { $0.user.id == user && $0.user.email == address }
            guard isThere else { return false }
            state.resetTokens[user] = (token, expiresAt)
            return true
        }
    }

    public func hasResetToken(_ token: Digest, for user: UserID, at time: WallTime) async throws -> Bool {
        try access { state in
            state.resetTokens[user].map { $0.digest == token && $0.expiresAt > time } ?? false
        }
    }

    public func redeemResetToken(
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime, noticing: Bool
    ) async throws -> User? {
        try access { state in
            guard let stored = state.resetTokens[user], stored.digest == token, stored.expiresAt > time
            else { return nil }
            return Self.change(user, at: time, in: &state) { account, state in
                Self.setPassword(passwordHash, of: &account, in: &state)
                state.credentials.removeAll { $0.credential.userID == user }
                if noticing { state.mail.queue(.passwordNotice, of: user, at: time) }
            }
        }
    }

    public func secret(_ name: String, orStore candidate: [UInt8]) async throws -> [UInt8] {
        try access { state in
            let secret = state.secrets[name] ?? candidate
            state.secrets[name] = secret
            return secret
        }
    }
}
