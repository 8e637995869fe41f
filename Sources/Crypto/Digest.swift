/// A 256-bit hash of something secret: to be stored, not shown, so the description hides it.
public struct Digest: Sendable, Hashable {
    private let content: Words

    init(_ content: Words) {
        self.content = content
    }

    /// From the 32 bytes as four numbers, high byte first.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) {
        content = Words(first: words.0, second: words.1, third: words.2, fourth: words.3)
    }

    /// From 32 bytes; nil for any other number of them.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words = Words()
        for (index, byte) in bytes.enumerated() {
            switch index / 8 {
            case 0: words.first = words.first << 8 | UInt64(byte)
            case 1: words.second = words.second << 8 | UInt64(byte)
            case 2: words.third = words.third << 8 | UInt64(byte)
            default: words.fourth = words.fourth << 8 | UInt64(byte)
            }
        }
        content = words
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [content.first, content.second, content.third, content.fourth] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return bytes
    }

    /// The 32 bytes as four numbers, high byte first.
    public var words: (UInt64, UInt64, UInt64, UInt64) {
        (content.first, content.second, content.third, content.fourth)
    }

    /// Bytes 0 to 7 as a number: uniformly random, so good for choosing a shard or a slot.
    public var prefix: UInt64 { content.first }

    /// Feeds one number: all bits are uniformly random already.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(content.first)
    }
}

extension Digest: CustomStringConvertible {
    /// Without the content.
    public var description: String { "Digest(…)" }
}
