public import Auth

// The protocols document these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func signingKeys() async throws -> [SigningKeyRecord] {
        try access { state in
            state.signingKeys.values.sorted {
                ($0.signsFrom, $0.createdAt, $0.id) < ($1.signsFrom, $1.createdAt, $1.id)
            }
        }
    }

    public func insert(_ key: SigningKeyRecord, deleting others: [String]) async throws {
        try access { state in
            for id in others { state.signingKeys[id] = nil }
            state.signingKeys[key.id] = key
        }
    }
}
