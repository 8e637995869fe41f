/// The lines that wait to be written.
///
/// At most `capacity` octets: beyond it lines are counted, not kept.
struct LogBuffer {
    /// 1 MiB: some 8,000 access lines, a tenth of a second at full load.
    static let capacity = 1 << 20

    private var bytes: [UInt8] = []
    private var dropped = 0
    private var timestamp = LogTimestamp()

    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }

    /// Adds one line, whole or not at all.
    mutating func append(
        at milliseconds: Int64, format: LogFormat, _ write: (inout [UInt8]) -> Void
    ) {
        let start = bytes.count
        appendLine(at: milliseconds, format: format, write)
        if bytes.count > Self.capacity {
            bytes.removeSubrange(start...)
            dropped += 1
        }
    }

    /// Moves all lines to `chunk`, which is empty, and ends them with the number of dropped ones, if any.
    ///
    /// Returns that number.
    mutating func take(into chunk: inout [UInt8], at milliseconds: Int64, format: LogFormat) -> Int {
        let told = dropped
        if told > 0 {
            dropped = 0
            appendLine(at: milliseconds, format: format) { bytes in
                bytes.appendEvent(
                    .warning, "log lines dropped", [(key: "lines", value: .int(told))], format: format)
            }
        }
        swap(&bytes, &chunk)
        return told
    }

    /// Lines that were taken but could not be written.
    mutating func count(lost lines: Int) {
        dropped += lines
    }

    private mutating func appendLine(
        at milliseconds: Int64, format: LogFormat, _ write: (inout [UInt8]) -> Void
    ) {
        if format == .json { bytes.append(#"{"time":""#) }
        timestamp.append(milliseconds, to: &bytes)
        write(&bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension [UInt8] {
    /// All of an event's line after the time.
    mutating func appendEvent(
        _ level: LogLevel, _ event: String, _ fields: some Sequence<(key: String, value: LogValue)>,
        format: LogFormat
    ) {
        switch format {
        case .text:
            append(UInt8(ascii: " "))
            append(level.capitals)
            append(UInt8(ascii: " "))
            appendEscaped(event)
            for (key, value) in fields {
                append(UInt8(ascii: " "))
                appendBareOrQuoted(key)
                append(UInt8(ascii: "="))
                append(value, isQuoted: false)
            }
        case .json:
            append(#"","level":""#)
            append(level.word)
            append(#"","event":"#)
            appendQuoted(event)
            for (key, value) in fields {
                append(UInt8(ascii: ","))
                appendQuoted(key)
                append(UInt8(ascii: ":"))
                append(value, isQuoted: true)
            }
            append(UInt8(ascii: "}"))
        }
    }

    private mutating func append(_ value: LogValue, isQuoted: Bool) {
        switch value {
        case .string(let text): isQuoted ? appendQuoted(text) : appendBareOrQuoted(text)
        case .explanation(let text): appendQuoted(text, longest: LogText.longestExplanation)
        case .int(let number): appendDecimal(number)
        case .double(let number) where number.isFinite: append(contentsOf: number.description.utf8)
        case .double(let number): appendQuoted(number.description)
        case .bool(let flag): append(flag ? "true" : "false")
        }
    }
}
