public import Auth
public import Crypto
import Workers

/// Stores that forget everything with the process, and fail when told to.
public final class MemoryStore: UserStore, SessionStore, ResetTokenStore, Sendable {
    private struct State {
        /// In order of creation.
        var accounts: [Account] = []
        var everHadAccount = false
        var sessions: [SessionID: SessionRecord] = [:]
        var resetTokens: [UserID: (digest: Digest, expiresAt: WallTime)] = [:]
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

    private func access<T: Sendable>(_ body: (inout State) throws -> T) throws -> T {
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
        try access { state in
            guard !state.accounts.contains(where: { $0.user.email == account.email }) else { return nil }
            let user = User(
                id: account.id, email: account.email, firstName: account.firstName,
                lastName: account.lastName, createdAt: account.createdAt, updatedAt: account.createdAt,
                isAdministrator: account.administratorIfFirst && !state.everHadAccount)
            state.everHadAccount = true
            state.accounts.append(Account(user: user, passwordHash: account.passwordHash))
            return user
        }
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
        try change(id, at: time) { account, state in Self.setPassword(hash, of: &account, in: &state) }
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
        try change(id, at: time) { account, _ in account.user.isAdministrator = isAdministrator }
    }

    public func delete(_ id: UserID) async throws -> Bool {
        try access { state in
            guard let index = state.accounts.firstIndex(where: { $0.user.id == id }) else { return false }
            state.accounts.remove(at: index)
            Self.forgetCredentials(of: id, in: &state)
            return true
        }
    }

    /// Changes one account, as one transaction.
    private func change(
        _ id: UserID, at time: WallTime, _ body: (inout Account, inout State) -> Void
    ) throws -> User? {
        try access { state in Self.change(id, at: time, in: &state, body) }
    }

    private static func change(
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
    }
}

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func insert(_ session: SessionRecord) async throws -> Bool {
        try access { state in
            let isCurrent = state.accounts.contains {
                $0.user.id == session.userID && $0.user.credentialVersion == session.credentialVersion
            }
            if isCurrent { state.sessions[session.id] = session }
            return isCurrent
        }
    }

    public func delete(_ id: SessionID) async throws {
        try access { $0.sessions[id] = nil }
    }

    public func liveSessions(at time: WallTime) async throws -> [(session: SessionRecord, user: User)] {
        try access { state in
            let users = Dictionary(uniqueKeysWithValues: state.accounts.map { ($0.user.id, $0.user) })
            return state.sessions.values.compactMap { session in
                guard let user = users[session.userID] else { return nil }
                return session.expiresAt.map { $0 > time } ?? true ? (session, user) : nil
            }
        }
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
        _ token: Digest, for user: UserID, expiresAt: WallTime
    ) async throws -> Bool {
        try access { state in
            guard state.accounts.contains(where: { $0.user.id == user }) else { return false }
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
        _ token: Digest, for user: UserID, passwordHash: String, at time: WallTime
    ) async throws -> User? {
        try access { state in
            guard let stored = state.resetTokens[user], stored.digest == token, stored.expiresAt > time
            else { return nil }
            return Self.change(user, at: time, in: &state) { account, state in
                Self.setPassword(passwordHash, of: &account, in: &state)
            }
        }
    }
}
