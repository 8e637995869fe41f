/// Chains of refresh tokens in memory, by session, oldest first: what `RefreshFamilyStore` promises, for sessions that
/// are in memory only.
package struct RefreshFamilyTable: Sendable {
    private var families: [SessionID: [RefreshFamily]] = [:]

    /// Empty.
    package init() {}

    /// Chains that are held.
    package var count: Int { families.values.reduce(0) { $0 + $1.count } }

    /// Adds a chain; the oldest of the session go until `most` are left.
    package mutating func insert(_ family: RefreshFamily, most: Int) {
        let others = families[family.id.session, default: []]
        families[family.id.session] = others.suffix(max(0, most - 1)) + [family]
    }

    /// As `RefreshFamilyStore.advance`.
    package mutating func advance(
        _ id: RefreshFamilyID, past generation: Int64, at rotation: RefreshRotation
    ) -> RefreshFamily? {
        guard var chains = families[id.session], let index = chains.firstIndex(where: { $0.id == id }) else {
            return nil
        }
        if chains[index].generation <= generation {
            chains[index].generation = generation + 1
            chains[index].rotation = rotation
            families[id.session] = chains
        }
        return chains[index]
    }

    /// Forgets the chains of a session.
    package mutating func remove(_ session: SessionID) {
        // Nearly always, and then without a look-up.
        guard !families.isEmpty else { return }
        families[session] = nil
        // A dictionary does not shrink by itself.
        if families.isEmpty { families = [:] }
    }

    /// Forgets the chains of all sessions but these.
    package mutating func keep(where isKept: (SessionID) -> Bool) {
        families = families.filter { isKept($0.key) }
    }
}
