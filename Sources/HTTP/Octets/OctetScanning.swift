/// Searches that look at eight octets at once: most of what a client sends is looked at for one thing only.
extension Span<UInt8> {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// The high bit of each octet that is zero; the lowest of them is exact.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & highBits
    }

    /// The first octet at the lowest bits, whatever the machine.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Where the first such octet is in a range; its end when there is none.
    func firstIndex(of octet: UInt8, in range: Range<Int>) -> Int {
        let pattern = Self.ones &* UInt64(octet)
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let found = Self.zeros(word(at: index) ^ pattern)
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < range.upperBound, self[index] != octet { index += 1 }
        return index
    }

    /// Whether these octets stand at an index.
    func begins(with octets: [UInt8], at start: Int) -> Bool {
        guard octets.count <= count - start else { return false }
        for index in 0..<octets.count where self[start + index] != octets[index] { return false }
        return true
    }

    /// Whether these octets may stand in a field value (RFC 9110 §5.5).
    func isFieldContent(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            let word = word(at: index)
            // Below 0x20 or equal to 0x7f: whether there is any is exact.
            let controls = (word &- Self.ones &* 0x20) & ~word & Self.highBits
            if controls | Self.zeros(word ^ Self.ones &* 0x7f) != 0 {
                // Perhaps a tab.
                for offset in 0..<8 where !Octet.isFieldContent(self[index + offset]) { return false }
            }
            index += 8
        }
        while index < range.upperBound {
            if !Octet.isFieldContent(self[index]) { return false }
            index += 1
        }
        return true
    }

    /// Whether these octets are a word, which is in lower case, in any case.
    func equals(_ word: [UInt8], ignoringCaseIn range: Range<Int>) -> Bool {
        guard range.count == word.count else { return false }
        for index in 0..<word.count where Octet.lowercased(self[range.lowerBound + index]) != word[index] {
            return false
        }
        return true
    }

    /// The range without white space at its ends.
    func trimmingWhitespace(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Octet.isWhitespace(self[start]) { start += 1 }
        while end > start, Octet.isWhitespace(self[end - 1]) { end -= 1 }
        return start..<end
    }
}
