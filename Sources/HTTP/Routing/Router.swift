/// Finds what serves a path: exact paths by a table, paths with parameters by comparing segments.
///
/// Paths are the decoded, normalised ones of `RequestTarget`. One trailing slash is ignored on either side. What serves
/// a path is a number, which means what the caller likes: a generic value would be slow to look at from outside.
public struct Router: Sendable {
    /// All that is served under one path.
    public final class Resource: Sendable {
        private let routes: [(method: Method, number: Int)]

        /// The value of `Allow` (RFC 9110 §10.2.1): the methods with a value, HEAD where GET is, and OPTIONS.
        public let allow: String

        fileprivate init(_ routes: [(method: Method, number: Int)]) {
            self.routes = routes
            let served = Set(routes.map(\.method))
            allow = Method.allCases.filter { candidate in
                served.contains(candidate) || candidate == .options
                    || candidate == .head && served.contains(.get)
            }.map(\.rawValue).joined(separator: ", ")
        }

        fileprivate func adding(_ method: Method, _ number: Int) -> Resource {
            precondition(self.number(for: method) == nil, "a route is listed twice")
            return Resource(routes + [(method, number)])
        }

        /// The number for a method; HEAD is served by GET.
        public func number(for method: Method) -> Int? {
            let wanted = method == .head ? .get : method
            for (candidate, number) in routes where candidate == wanted { return number }
            return nil
        }
    }

    /// What was found for a path.
    public struct Match: Sendable {
        /// What is served there.
        public let resource: Resource
        /// The parameters of the path.
        public let parameters: PathParameters
    }

    private struct Pattern: Sendable {
        let segments: [Substring]
        var resource: Resource
    }

    /// By the number of octets in the path: of each there are a few. Octets, since for Swift's strings U+212A, the
    /// Kelvin sign, equals K.
    private var exact: [[(path: [UInt8], resource: Resource)]] = []
    private var patterns: [Pattern] = []

    /// No route.
    public init() {}

    /// Adds a route. In a pattern a segment such as `:id` takes any one non-empty segment. An exact path wins over
    /// a pattern. Adding a method twice to one path is a mistake of ours.
    public mutating func add(_ method: Method, _ pattern: String, _ number: Int) {
        let path = Self.trimmed(pattern)
        if pattern.contains("/:") {
            let segments = Self.segments(of: path)
            if let index = patterns.firstIndex(where: { $0.segments == segments }) {
                patterns[index].resource = patterns[index].resource.adding(method, number)
            } else {
                patterns.append(Pattern(segments: segments, resource: Resource([(method, number)])))
            }
        } else {
            let length = path.utf8.count
            while exact.count <= length { exact.append([]) }
            if let index = exact[length].firstIndex(where: { $0.path.elementsEqual(path.utf8) }) {
                exact[length][index].resource = exact[length][index].resource.adding(method, number)
            } else {
                exact[length].append((Array(path.utf8), Resource([(method, number)])))
            }
        }
    }

    private func resource(at path: String) -> Resource? {
        let length = path.utf8.count
        guard length < exact.count else { return nil }
        let octets = path.utf8.span
        for (candidate, resource) in exact[length] where octets.begins(with: candidate, at: 0) {
            return resource
        }
        return nil
    }

    /// What serves this path, whatever the method.
    public func match(_ path: String) -> Match? {
        if let resource = resource(at: path) {
            return Match(resource: resource, parameters: PathParameters())
        }
        let trimmed = Self.trimmed(path)
        if trimmed.utf8.count != path.utf8.count, let resource = resource(at: String(trimmed)) {
            return Match(resource: resource, parameters: PathParameters())
        }
        let segments = Self.segments(of: trimmed)
        for pattern in patterns {
            if let parameters = Self.parameters(of: pattern.segments, in: segments) {
                return Match(resource: pattern.resource, parameters: parameters)
            }
        }
        return nil
    }

    /// A path without one trailing slash; the root stays.
    static func trimmed(_ path: String) -> Substring {
        path.utf8.count > 1 && path.utf8.last == Octet.slash ? Substring(path.utf8.dropLast()) : path[...]
    }

    /// Cut at octets: some characters would make one with the slash next to them.
    private static func segments(of path: Substring) -> [Substring] {
        path.utf8.split(separator: Octet.slash, omittingEmptySubsequences: false).map(Substring.init)
    }

    private static func parameters(of pattern: [Substring], in segments: [Substring]) -> PathParameters? {
        guard pattern.count == segments.count else { return nil }
        var parameters = PathParameters()
        for (expected, segment) in zip(pattern, segments) {
            if expected.first == ":" {
                guard !segment.isEmpty else { return nil }
                parameters.values.append((expected.dropFirst(), String(segment)))
            } else if !expected.utf8.elementsEqual(segment.utf8) {
                return nil
            }
        }
        return parameters
    }
}

/// The parameters that a pattern took from a path.
public struct PathParameters: Sendable {
    var values: [(name: Substring, value: String)] = []

    /// None.
    public init() {}

    /// The value of a parameter of the pattern.
    public subscript(_ name: String) -> String? {
        values.first { $0.name == name }?.value
    }
}
