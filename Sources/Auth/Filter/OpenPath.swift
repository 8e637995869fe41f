public import HTTP

/// An entry of `auth.openPaths`: `/path`, `/prefix*`, or with methods in front: `POST|PUT /path`.
public struct OpenPath: Sendable, Hashable, CustomStringConvertible {
    /// The methods it is open for; empty: all.
    public let methods: [Method]
    /// Decoded and normalised, as requests are compared: without the `*`, and without a trailing `/` unless it
    /// is the root or a prefix.
    public let path: String
    /// Whether longer paths match too.
    public let isPrefix: Bool

    /// Reads an entry.
    ///
    /// Nil: it is none.
    public init?(_ entry: String) {
        let words = entry.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count <= 2, let target = words.last else { return nil }
        var methods: [Method] = []
        if words.count == 2 {
            for word in words[0].split(separator: "|", omittingEmptySubsequences: false) {
                guard let method = Method(rawValue: String(word)), !methods.contains(method) else {
                    return nil
                }
                methods.append(method)
            }
        }
        isPrefix = target.last == "*"
        let path = isPrefix ? target.dropLast() : target
        guard Self.isNormalised(path) else { return nil }
        self.methods = methods
        self.path = String(!isPrefix && path.utf8.count > 1 && path.last == "/" ? path.dropLast() : path)
    }

    /// The entry as it is written.
    public var description: String {
        (methods.isEmpty ? "" : methods.map(\.rawValue).joined(separator: "|") + " ") + path
            + (isPrefix ? "*" : "")
    }

    /// What the original let through, and the form API's ways in (docs/CONFIGURATION.md).
    public static let originals = [
        "/", "/livez", "/readyz", "/openapi.json", "/api/v1/status", "/api/v1/unauthorized",
        "/api/v1/forbidden",
        "/api/v1/auth_session/login", "/api/v1/auth_session/token", "/.well-known/jwks.json", "POST /users",
        "POST /sessions", "POST|PUT /reset_password",
    ].compactMap(OpenPath.init)

    /// Begins with `/`; printable ASCII; no `.`, `..` or empty segment, no query, and nothing percent-encoded:
    /// such an entry could never match.
    private static func isNormalised(_ path: Substring) -> Bool {
        guard path.first == "/",
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"?#%\\*".utf8.contains($0) })
        else { return false }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return !segments.contains(".") && !segments.contains("..") && !segments.dropLast().contains("")
    }

    /// Whether a request is let through without a look at credentials. `path` is decoded and normalised; one
    /// trailing `/` does not count. HEAD goes with GET; OPTIONS, which tells no more than the documentation, with
    /// any method.
    public func covers(_ method: Method, _ path: String) -> Bool {
        // Lengths first: of a dozen entries one is left to compare.
        let excess = path.utf8.count - self.path.utf8.count
        guard isPrefix ? excess >= 0 : excess == 0 || excess == 1 && path.utf8.last == UInt8(ascii: "/"),
            path.utf8.starts(with: self.path.utf8)
        else { return false }
        return methods.isEmpty || method == .options || methods.contains(method)
            || method == .head && methods.contains(.get)
    }
}
