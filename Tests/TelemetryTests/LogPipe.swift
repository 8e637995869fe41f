import Glibc
import Telemetry

/// A logger that writes into a pipe, and what came out of it.
final class LogPipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() {
        var ends: [Int32] = [0, 0]
        precondition(pipe(&ends) == 0)
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// The millisecond 2026-11-20T05:00:00.123Z.
    static let moment: Int64 = 1_795_150_800_123

    func logger(_ format: LogFormat = .text, isQuiet: Bool = false, level: LogLevel = .info) -> Logger {
        Logger(
            descriptor: writeEnd, format: format, isQuiet: isQuiet, level: level, clock: { Self.moment })
    }

    /// What `use` makes a logger write; must fit into the pipe (64 KiB).
    static func lines(
        _ format: LogFormat = .text, isQuiet: Bool = false, level: LogLevel = .info, _ use: (Logger) -> Void
    ) -> [String] {
        let pipe = LogPipe()
        let logger = pipe.logger(format, isQuiet: isQuiet, level: level)
        use(logger)
        precondition(logger.flush())
        return pipe.available()
    }

    /// The lines that lie in the pipe now.
    func available() -> [String] {
        var bytes: [UInt8] = []
        var count: Int32 = 0
        precondition(ioctl(readEnd, UInt(FIONREAD), &count) == 0)
        if count > 0 {
            bytes = [UInt8](repeating: 0, count: Int(count))
            precondition(read(readEnd, &bytes, bytes.count) == bytes.count)
        }
        return Self.split(bytes)
    }

    /// Whole lines; a last one without its end counts as a fault.
    static func split(_ bytes: [UInt8]) -> [String] {
        precondition(bytes.isEmpty || bytes.last == 0x0a, "a line without an end")
        return bytes.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
    }
}
