/// What schemes remember from one request to the next, in memory alone. A reload keeps it.
public struct SchemeMemory: Sendable {
    /// Of Basic.
    public let passwords: VerifiedPasswords
    /// Of Digest.
    public let nonces: DigestNonces

    /// Nothing so far.
    public init() {
        passwords = VerifiedPasswords()
        nonces = DigestNonces()
    }
}
