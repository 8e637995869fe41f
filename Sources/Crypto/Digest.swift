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
        func word(_ index: Int) -> UInt64 { UInt64(octets: bytes.dropFirst(index * 8).prefix(8)) }
        content = Words(first: word(0), second: word(1), third: word(2), fourth: word(3))
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [content.first, content.second, content.third, content.fourth].flatMap(\.octets)
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
