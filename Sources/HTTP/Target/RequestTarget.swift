/// What a request asks for: a path, decoded and normalised exactly once, and the raw query.
public struct RequestTarget: Sendable, Equatable {
    /// Begins with `/`, except that `OPTIONS *` has the path `*`; a trailing slash is kept.
    public let path: String
    /// What follows the first `?`, still percent-encoded; nil without a `?`.
    public let query: String?

    /// Whether the request is about the server as a whole (RFC 9112 §3.2.4).
    public var isAsterisk: Bool { path.utf8.first == Octet.asterisk }

    /// A target that is decoded and normalised already.
    public init(path: String, query: String? = nil) {
        self.path = path
        self.query = query
    }

    /// Reads a request target in any of the forms of RFC 9112 §3.2 that a server answers.
    ///
    /// Whatever two parsers could read in two ways is refused: raw octets outside RFC 3986, encoded slashes,
    /// backslashes and controls, and paths that begin with `//`, in which some see an authority.
    public init(_ raw: ArraySlice<UInt8>, method: Method) throws(Refusal) {
        let (octets, allowed) = (raw.span, Self.allowed)
        for index in 0..<octets.count where !allowed.contains(octets[index]) {
            throw Refusal(.badRequest, "octet not allowed in the request target")
        }
        if raw.first == Octet.slash {
            try self.init(pathAndQuery: raw)
        } else if raw.count == 1, raw.first == Octet.asterisk {
            guard method == .options else {
                throw Refusal(.badRequest, "asterisk-form without OPTIONS")
            }
            self.init(path: "*")
        } else {
            try self.init(pathAndQuery: Self.afterAuthority(raw))
        }
    }

    /// The first value with this name in the query, decoded as a form; 400 when it is not UTF-8.
    public func queryItem(_ name: String) throws(HTTPError) -> String? {
        guard let query else { return nil }
        for pair in URLEncodedForm(ArraySlice(query.utf8)) {
            guard URLEncodedForm.decode(pair.name).elementsEqual(name.utf8) else { continue }
            guard let value = String(validating: URLEncodedForm.decode(pair.value), as: UTF8.self) else {
                throw HTTPError(.badRequest, "query is not UTF-8")
            }
            return value
        }
        return nil
    }

    /// VCHAR without `"`, `#`, `<`, `>` and `\`.
    ///
    /// Browsers send the rest of what RFC 3986 leaves out (`{|}^` and the backtick) raw in queries.
    private static let allowed = OctetSet.alphanumeric.union(OctetSet("!$%&'()*+,-./:;=?@[]^_`{|}~"))

    /// A path that is empty or begins with `/`, with or without a query; every octet is allowed.
    private init(pathAndQuery raw: ArraySlice<UInt8>) throws(Refusal) {
        var isPlain = true
        var previous: UInt8 = 0
        var end = raw.startIndex
        while end < raw.endIndex, raw[end] != Octet.question {
            let octet = raw[end]
            let mayBeSpecial = octet == Octet.slash || octet == Octet.dot
            if octet == Octet.percent || mayBeSpecial && previous == Octet.slash { isPlain = false }
            previous = octet
            end += 1
        }
        let path = raw[..<end]
        if path.isEmpty {
            self.path = "/"
        } else if isPlain {
            self.path = String(decoding: path, as: UTF8.self)
        } else {
            self.path = try Self.normalised(path)
        }
        query = end < raw.endIndex ? String(decoding: raw[(end + 1)...], as: UTF8.self) : nil
    }

    /// The rest of an absolute-form after its authority (RFC 9112 §3.2.2).
    private static func afterAuthority(_ raw: ArraySlice<UInt8>) throws(Refusal) -> ArraySlice<UInt8> {
        let rest: ArraySlice<UInt8>
        if raw.prefix(7).equalsIgnoringCase("http://") {
            rest = raw.dropFirst(7)
        } else if raw.prefix(8).equalsIgnoringCase("https://") {
            rest = raw.dropFirst(8)
        } else {
            throw Refusal(.badRequest, "request target is neither a path nor an http URI")
        }
        let end = rest.firstIndex { $0 == Octet.slash || $0 == Octet.question } ?? rest.endIndex
        let authority = rest[..<end]
        // RFC 9110 §4.2.1: an http URI without a host is invalid; §4.2.4: userinfo, whose `@` is in no host, is an error.
        guard !authority.isEmpty, HostField.isValid(authority) else {
            throw Refusal(.badRequest, "invalid authority in the request target")
        }
        return rest[end...]
    }

    private static func normalised(_ raw: ArraySlice<UInt8>) throws(Refusal) -> String {
        let path = removingDotSegments(try decoded(raw))
        guard !path.starts(with: [Octet.slash, Octet.slash]) else {
            throw Refusal(.badRequest, "path begins with two slashes")
        }
        guard let text = String(validating: path, as: UTF8.self) else {
            throw Refusal(.badRequest, "path is not UTF-8")
        }
        return text
    }

    private static func decoded(_ raw: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        var path: [UInt8] = []
        path.reserveCapacity(raw.count)
        var index = raw.startIndex
        while index < raw.endIndex {
            guard raw[index] == Octet.percent else {
                path.append(raw[index])
                index += 1
                continue
            }
            guard let octet = Octet.decodingPercent(at: index, of: raw) else {
                throw Refusal(.badRequest, "bad percent-encoding in the path")
            }
            switch octet {
            case 0x00...0x1f, 0x7f:
                throw Refusal(.badRequest, "encoded control character in the path")
            case Octet.slash, Octet.backslash:
                throw Refusal(.badRequest, "encoded slash or backslash in the path")
            default:
                path.append(octet)
            }
            index += 3
        }
        return path
    }

    /// RFC 3986 §5.2.4 for a path that begins with `/`; linear, as an octet is appended and removed at most once.
    private static func removingDotSegments(_ path: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(path.count)
        var start = path.startIndex
        while start < path.endIndex {
            let end = path[(start + 1)...].firstIndex(of: Octet.slash) ?? path.endIndex
            let segment = path[(start + 1)..<end]
            let isParent = segment.elementsEqual([Octet.dot, Octet.dot])
            if isParent {
                output.removeLast(output.count - (output.lastIndex(of: Octet.slash) ?? 0))
            }
            if !isParent, !segment.elementsEqual([Octet.dot]) {
                output.append(contentsOf: path[start..<end])
            } else if end == path.endIndex {
                output.append(Octet.slash)
            }
            start = end
        }
        return output
    }
}
