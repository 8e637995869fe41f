public import HTTP

/// Which requests need no credential: `/path`, `/prefix*`, each for every method or for some (`POST|PUT /path`).
public struct OpenPaths: Sendable {
    private struct Entry: Sendable {
        let methods: [Method]?
        let path: String
        let isPrefix: Bool
    }

    private let entries: [Entry]

    /// Reads a list; nil when an entry is malformed.
    public init?(_ list: [String]) {
        var entries: [Entry] = []
        for text in list {
            guard let entry = Self.entry(text) else { return nil }
            entries.append(entry)
        }
        self.entries = entries
    }

    private static func entry(_ text: String) -> Entry? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard let path = parts.last, parts.count <= 2, path.first == "/" else { return nil }
        var methods: [Method]?
        if parts.count == 2 {
            let names = parts[0].split(separator: "|", omittingEmptySubsequences: false)
            let known = names.compactMap { Method(rawValue: String($0)) }
            guard known.count == names.count else { return nil }
            methods = known
        }
        let isPrefix = path.last == "*"
        return Entry(
            methods: methods, path: trimmed(isPrefix ? String(path.dropLast()) : String(path), isPrefix),
            isPrefix: isPrefix)
    }

    /// Whether this request is let through without a look at credentials. `path` is decoded and normalised. HEAD
    /// goes with GET; OPTIONS, which tells no more than the documentation, with any method.
    public func contains(_ method: Method, _ path: String) -> Bool {
        let exact = Self.trimmed(path, false)
        return entries.contains { entry in
            guard
                entry.isPrefix
                    ? path.utf8.starts(with: entry.path.utf8) : exact.utf8.elementsEqual(entry.path.utf8)
            else { return false }
            guard let methods = entry.methods, method != .options else { return true }
            return methods.contains(method) || method == .head && methods.contains(.get)
        }
    }

    private static func trimmed(_ path: String, _ isPrefix: Bool) -> String {
        !isPrefix && path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/")
            ? String(Substring(path.utf8.dropLast())) : path
    }
}
