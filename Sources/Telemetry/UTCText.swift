import Glibc

/// Writes times such as `2026-11-20T05:00:00`, in UTC.
public enum UTCText {
    private static let pattern = Array("0000-00-00T00:00:00".utf8)

    /// Appends the time this many seconds after 1970-01-01T00:00:00Z, in the years 0 to 9999.
    public static func append(_ seconds: Int64, to bytes: inout [UInt8]) {
        var time = time_t(seconds)
        var parts = tm()
        _ = gmtime_r(&time, &parts)
        let start = bytes.count
        bytes.append(contentsOf: pattern)
        var span = bytes.mutableSpan
        let year = parts.tm_year + 1_900
        put(year / 100, at: start, in: &span)
        put(year % 100, at: start + 2, in: &span)
        put(parts.tm_mon + 1, at: start + 5, in: &span)
        put(parts.tm_mday, at: start + 8, in: &span)
        put(parts.tm_hour, at: start + 11, in: &span)
        put(parts.tm_min, at: start + 14, in: &span)
        put(parts.tm_sec, at: start + 17, in: &span)
    }

    /// The time this many seconds after 1970-01-01T00:00:00Z.
    public static func of(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        append(seconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Two digits.
    private static func put(_ number: Int32, at index: Int, in span: inout MutableSpan<UInt8>) {
        let number = number.magnitude % 100
        span[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
        span[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
    }
}
