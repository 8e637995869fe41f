/// Writes times such as `2026-11-20T05:00:00.123Z`.
///
/// Keeps the formatted second: most lines share it with the one before.
struct LogTimestamp {
    private var second = Int64.min
    /// The text of `second` up to and with the dot.
    private var prefix: [UInt8] = []

    /// `milliseconds` since 1970-01-01T00:00:00Z.
    mutating func append(_ milliseconds: Int64, to bytes: inout [UInt8]) {
        let remainder = ((milliseconds % 1_000) + 1_000) % 1_000
        let second = (milliseconds - remainder) / 1_000
        if second != self.second {
            format(second)
        }
        bytes.append(contentsOf: prefix)
        bytes.appendPadded(remainder, digits: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    private mutating func format(_ second: Int64) {
        self.second = second
        prefix.removeAll(keepingCapacity: true)
        UTCText.append(second, to: &prefix)
        prefix.append(UInt8(ascii: "."))
    }
}

extension [UInt8] {
    fileprivate mutating func appendPadded(_ number: Int64, digits: Int) {
        var limit: Int64 = 10
        for _ in 1..<digits {
            if number < limit { append(UInt8(ascii: "0")) }
            limit *= 10
        }
        // Zeros were written from the left: one for each power of ten that the number does not reach.
        appendDecimal(number)
    }
}
