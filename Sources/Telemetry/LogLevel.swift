/// How much an event matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    /// For whoever looks for a fault in the server itself.
    case debug
    /// Part of normal work: a start, a request, an administrator made.
    case info
    /// Works, but someone should look: a relaxed setting, a full queue.
    case warning
    /// Something asked for could not be done.
    case error
    /// A security event: for whoever looks into an attack. No level leaves it out.
    case audit

    /// By how much they matter.
    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }

    /// The word in a JSON line.
    var word: StaticString {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .audit: "audit"
        }
    }

    /// The word in a text line.
    var capitals: StaticString {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .audit: "AUDIT"
        }
    }
}

/// What a line looks like.
public enum LogFormat: Sendable, Equatable {
    /// For people: `time LEVEL event key=value key="quoted value"`.
    case text
    /// For collectors: one JSON object a line, with `time`, `level` and `event` first.
    case json
}
