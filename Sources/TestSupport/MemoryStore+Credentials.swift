public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func insert(
        _ stored: StoredCredential, credentialVersion: Int64, mostPerUser: Int
    ) async throws -> CredentialInsertion {
        try access { state in
            let credential = stored.credential
            let user = state.accounts.first { $0.user.id == credential.userID }?.user
            guard let user, !user.isDisabled, user.credentialVersion == credentialVersion else {
                return .outdated
            }
            func rivals() -> [Credential] {
                state.credentials.map(\.credential).filter {
                    $0.userID == user.id && $0.kind == credential.kind
                }
            }
            var ended: [CredentialID] = []
            if rivals().count >= mostPerUser {
                ended = rivals().filter { $0.expiresAt.map { $0 <= credential.createdAt } ?? false }.map(\.id)
                state.credentials.removeAll { ended.contains($0.credential.id) }
                guard rivals().count < mostPerUser else { return .tooMany }
            }
            state.credentials.append(stored)
            return .stored(user, ended: ended)
        }
    }

    public func deleteCredential(
        _ id: CredentialID, _ kind: Credential.Kind, of user: UserID
    ) async throws -> Bool {
        try access { state in
            let before = state.credentials.count
            state.credentials.removeAll {
                $0.credential.id == id && $0.credential.kind == kind && $0.credential.userID == user
            }
            return state.credentials.count < before
        }
    }

    public func deleteCredentials(_ kind: Credential.Kind, of user: UserID) async throws -> [CredentialID] {
        try access { state in
            let isEnded = { (stored: StoredCredential) in
                stored.credential.kind == kind && stored.credential.userID == user
            }
            defer { state.credentials.removeAll(where: isEnded) }
            return state.credentials.filter(isEnded).map(\.credential.id)
        }
    }

    public func loadCredentials(
        _ body: @escaping @Sendable (StoredCredential, User) -> Void
    ) async throws {
        let all: [(StoredCredential, User)] = try access { state in
            let users = Dictionary(uniqueKeysWithValues: state.accounts.map { ($0.user.id, $0.user) })
            return state.credentials.compactMap { stored in
                users[stored.credential.userID].map { (stored, $0) }
            }
        }
        for (stored, user) in all { body(stored, user) }
    }

    public func setUsed(_ times: [(id: CredentialID, at: WallTime)]) async throws {
        try access { state in
            for (id, time) in times {
                guard let index = state.credentials.firstIndex(where: { $0.credential.id == id }) else {
                    continue
                }
                state.credentials[index].credential.lastUsedAt = time
            }
        }
    }
}
