import Dispatch
public import Glibc
import Synchronization

/// Writes one line an event.
///
/// Callers never wait: lines go through a bounded buffer to a thread that writes them.
///
/// Keys and event names are fixed words of ours; values may come from anyone.
public final class Logger: Sendable {
    private let quiet: Atomic<Bool>
    private let loudest: LogLevel
    /// What a line looks like.
    public let format: LogFormat
    private let writer: LogWriter?

    /// A logger that writes to `descriptor`, which stays the caller's; default stderr.
    ///
    /// `clock` gives milliseconds since 1970-01-01T00:00:00Z. `failing` is told the error code when lines cannot be
    /// written any more, and nil when they can again; on the thread that writes.
    public init(
        descriptor: Int32 = STDERR_FILENO, format: LogFormat = .text, isQuiet: Bool = false,
        level: LogLevel = .info, clock: @escaping @Sendable () -> Int64 = Logger.wallClock,
        failing: @escaping @Sendable (Int32?) -> Void = { _ in }
    ) {
        quiet = Atomic(isQuiet)
        loudest = level
        self.format = format
        writer = LogWriter(descriptor: descriptor, format: format, clock: clock, failing: failing)
    }

    private init() {
        quiet = Atomic(true)
        loudest = .error
        format = .text
        writer = nil
    }

    deinit {
        writer?.stop()
    }

    /// Whether access lines and everything below `warning` are left out; may change at any time.
    public var isQuiet: Bool {
        get { quiet.load(ordering: .relaxed) }
        set { quiet.store(newValue, ordering: .relaxed) }
    }

    /// Events below it are left out.
    public var level: LogLevel { isQuiet ? max(loudest, .warning) : loudest }

    /// Writes nothing at all.
    public static let silent = Logger()

    /// CLOCK_REALTIME in milliseconds.
    public static let wallClock: @Sendable () -> Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Writes an event, unless its level is left out.
    public func log(
        _ level: LogLevel, _ event: String,
        _ fields: @autoclosure () -> KeyValuePairs<String, LogValue> = [:]
    ) {
        guard level >= self.level, let writer else { return }
        let fields = fields()
        writer.append { [format] bytes in
            bytes.appendEvent(level, event, fields, format: format)
        }
    }

    /// Writes a security event. Its fields are made as it goes.
    public func audit(_ event: String, _ fields: [(key: String, value: LogValue)]) {
        writer?.append { [format] bytes in
            bytes.appendEvent(.audit, event, fields, format: format)
        }
    }

    /// Writes an access line, unless quiet.
    public func request(_ line: AccessLine) {
        guard !isQuiet, level <= .info, let writer else { return }
        switch format {
        case .text: writer.append { $0.appendText(line) }
        case .json: writer.append { $0.appendJSON(line) }
        }
    }

    /// Waits until every line so far is written.
    ///
    /// False: the reader did not take them within `milliseconds`.
    @discardableResult
    public func flush(atMost milliseconds: Int = 2_000) -> Bool {
        writer?.flush(atMost: .milliseconds(milliseconds)) ?? true
    }
}
