import Glibc

/// Writes times such as `2026-11-20T05:00:00`, in UTC.
public enum UTCText {
    /// Appends the time this many seconds after 1970-01-01T00:00:00Z.
    public static func append(_ seconds: Int64, to bytes: inout [UInt8]) {
        var time = time_t(seconds)
        var parts = tm()
        _ = gmtime_r(&time, &parts)
        let year = parts.tm_year + 1_900
        append(year / 100, to: &bytes)
        append(year % 100, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(parts.tm_mon + 1, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(parts.tm_mday, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(parts.tm_hour, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(parts.tm_min, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(parts.tm_sec, to: &bytes)
    }

    /// The time this many seconds after 1970-01-01T00:00:00Z.
    public static func of(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        append(seconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Two digits; more for a century that has more.
    private static func append(_ number: Int32, to bytes: inout [UInt8]) {
        if number < 10 { bytes.append(UInt8(ascii: "0")) }
        bytes.appendDecimal(Int64(number))
    }
}
