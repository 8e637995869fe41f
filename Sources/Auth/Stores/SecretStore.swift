/// Durable secrets of the server itself, by name.
public protocol SecretStore: Sendable {
    /// The secret of this name; where there is none, `candidate` becomes it, in one transaction.
    func secret(_ name: String, orStore candidate: [UInt8]) async throws -> [UInt8]
}
