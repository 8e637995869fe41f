/// SHA-256 (FIPS 180-4), for what is no secret or is compared with public data.
public enum SHA256 {
    /// The 32 octets.
    public static func hash(_ octets: [UInt8]) -> [UInt8] {
        Sodium.sha256(octets)
    }
}
