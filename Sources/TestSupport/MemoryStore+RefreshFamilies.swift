public import Auth

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MemoryStore {
    public func insert(_ family: RefreshFamily, most: Int) async throws -> Bool {
        try access { state in
            guard state.sessions[family.id.session] != nil else { return false }
            state.refreshFamilies.insert(family, most: most)
            return true
        }
    }

    public func advance(
        _ family: RefreshFamilyID, past generation: Int64, at rotation: RefreshRotation
    ) async throws -> RefreshFamily? {
        try access { state in state.refreshFamilies.advance(family, past: generation, at: rotation) }
    }

    /// Chains of refresh tokens that are held.
    public var refreshFamilyCount: Int {
        get throws { try access(\.refreshFamilies.count) }
    }
}
