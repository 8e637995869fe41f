/// A certificate with its chain, the leaf first, and its key without a passphrase: two PEM files.
public struct CertificateFiles: Sendable, Equatable {
    /// Path of the certificate.
    public var certificate: String
    /// Path of the key.
    public var key: String

    /// A certificate and its key.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
