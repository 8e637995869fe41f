/// Random numbers of the operating system, fit for secrets.
public enum SecureRandom {
    /// This many random bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        Sodium.randomBytes(count)
    }

    /// 64 random bits.
    public static func uint64() -> UInt64 {
        Sodium.randomWords().first
    }
}
