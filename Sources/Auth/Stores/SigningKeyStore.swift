public import Crypto

/// A signing key as it lies on disk.
public struct SigningKeyRecord: Sendable, Equatable {
    /// The thumbprint of its public half.
    public var id: String
    /// What it signs with.
    public var algorithm: SignatureAlgorithm
    /// The private half, sealed for this very `id`.
    public var sealedKey: [UInt8]
    /// When it was made.
    public var createdAt: WallTime
    /// When it begins to sign.
    public var signsFrom: WallTime

    /// A key to be stored.
    public init(
        id: String, algorithm: SignatureAlgorithm, sealedKey: [UInt8], createdAt: WallTime,
        signsFrom: WallTime
    ) {
        self.id = id
        self.algorithm = algorithm
        self.sealedKey = sealedKey
        self.createdAt = createdAt
        self.signsFrom = signsFrom
    }
}

/// The keys that tokens are signed with.
public protocol SigningKeyStore: Sendable {
    /// All of them, in the order in which they begin to sign.
    func signingKeys() async throws -> [SigningKeyRecord]

    /// Adds a key and deletes others, in one transaction; a name that is unknown is passed over.
    func insert(_ key: SigningKeyRecord, deleting others: [String]) async throws
}
