import HTTP

/// What a request answers to a Digest challenge (RFC 7616 §3.4): as it stands there, but for quotes and escapes.
struct DigestCredentials: Sendable {
    /// Who it says to be.
    enum Name: Sendable, Equatable {
        case plain(String)
        /// H(name ":" realm) in octets (RFC 7616 §3.4.4).
        case hashed([UInt8])
    }

    let name: Name
    let realm: [UInt8]
    let uri: [UInt8]
    let algorithm: DigestAlgorithm
    let nonce: [UInt8]
    let clientNonce: [UInt8]
    /// How often the client has used the nonce, from 1 on.
    let count: UInt32
    /// The same as it is written.
    let countDigits: [UInt8]
    /// Octets, as many as the algorithm gives.
    let response: [UInt8]

    /// The only quality of protection there is: without one, nothing would tell a replay.
    static let quality = Array("auth".utf8)

    /// Octets of a nonce and of a client's. Default 256: clients make some 16 to 64. Both are hashed with each app
    /// password that a user may have, also for somebody who knows none.
    static let longestNonce = 256

    /// Reads credentials; nil: malformed, without what RFC 7616 demands, or of an algorithm that nobody offers.
    ///
    /// Texts must be quoted. Words are taken with and without quotes: many clients send `algorithm` and `qop` in them,
    /// against §3.4.
    init?(_ field: AuthorizationField) {
        guard let parameters = AuthorizationParameters(field.credentials),
            let realm = parameters.quoted("realm"), let uri = parameters.quoted("uri"),
            let nonce = parameters.quoted("nonce"), let clientNonce = parameters.quoted("cnonce"),
            !clientNonce.isEmpty, max(nonce.count, clientNonce.count) <= Self.longestNonce,
            parameters["qop"]?.octets == Self.quality,
            // Without a word about it MD5 (§3.4).
            let algorithm = parameters["algorithm"].map({ DigestAlgorithm($0.octets) }) ?? .md5,
            let digits = parameters["nc"]?.octets, digits.count == 8,
            let count = Hexadecimal.octets(of: digits), let name = Self.name(in: parameters, algorithm),
            let response = parameters.quoted("response").flatMap(Hexadecimal.octets),
            response.count == algorithm.length
        else { return nil }
        self.name = name
        self.realm = realm
        self.uri = uri
        self.algorithm = algorithm
        self.nonce = nonce
        self.clientNonce = clientNonce
        self.count = count.reduce(0) { $0 << 8 | UInt32($1) }
        self.countDigits = digits
        self.response = response
        if self.count == 0 { return nil }
    }

    /// Either `username` or `username*` (RFC 8187), and the latter not hashed (RFC 7616 §3.4).
    private static func name(in parameters: AuthorizationParameters, _ algorithm: DigestAlgorithm) -> Name? {
        var isHashed = false
        if let word = parameters["userhash"]?.octets {
            isHashed = word[...].equalsIgnoringCase("true")
            guard isHashed || word[...].equalsIgnoringCase("false") else { return nil }
        }
        if let extended = parameters["username*"] {
            guard parameters["username"] == nil, !isHashed, !extended.isQuoted else { return nil }
            return extendedValue(extended.octets).map { .plain($0) }
        }
        guard let name = parameters.quoted("username") else { return nil }
        if isHashed {
            return Hexadecimal.octets(of: name).flatMap { $0.count == algorithm.length ? .hashed($0) : nil }
        }
        return String(validating: name, as: UTF8.self).map { .plain($0) }
    }

    /// `UTF-8'language'text` with percent codes; another charset nobody has to know (RFC 8187 §3.2.1).
    private static func extendedValue(_ value: [UInt8]) -> String? {
        let parts = value.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].equalsIgnoringCase("utf-8") else { return nil }
        var octets: [UInt8] = []
        var rest = parts[2]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                octets.append(octet)
                continue
            }
            guard rest.count >= 2, let code = Hexadecimal.octets(of: rest.prefix(2)) else { return nil }
            octets += code
            rest = rest.dropFirst(2)
        }
        return String(validating: octets, as: UTF8.self)
    }
}
