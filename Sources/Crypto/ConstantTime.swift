/// Comparison whose time tells nothing about where two secrets differ.
public enum ConstantTime {
    /// Whether both are the same bytes; only the lengths may show in the time.
    public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        Sodium.equal(a, b)
    }
}
