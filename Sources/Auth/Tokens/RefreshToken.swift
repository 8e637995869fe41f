import Crypto

/// One token of a chain: `sessiond_rt_` and 64 characters of base64url (RFC 4648 §5) for 48 octets, which are the
/// session, the number of the chain, the generation, and a code that only this server can make of them.
///
/// So nothing that a token could be made of lies on the disk, and one of any age is known to be genuine. 48 octets fill
/// their characters: a token has one spelling.
struct RefreshToken: Equatable {
    let family: RefreshFamilyID
    /// Below `Int64.max`: there is one after it.
    let generation: Int64
    private let code: [UInt8]

    static let prefix = "sessiond_rt_"
    private static let length = (content: 32, code: 16, text: 64)

    /// The token of a generation.
    init(_ family: RefreshFamilyID, generation: Int64, under key: AuthenticationKey) {
        self.family = family
        self.generation = generation
        code = Self.code(Self.content(family, generation), key)
    }

    /// Reads what is spelled like a token; whether it is genuine is another question.
    init?(_ text: String) {
        let text = text.utf8
        guard text.count == Self.prefix.utf8.count + Self.length.text, text.starts(with: Self.prefix.utf8)
        else { return nil }
        guard let octets = Base64URL.octets(text.dropFirst(Self.prefix.utf8.count)),
            octets.count == Self.length.content + Self.length.code
        else { return nil }
        let words = stride(from: 0, to: Self.length.content, by: 8).map {
            UInt64(octets: octets[$0..<($0 + 8)])
        }
        guard let generation = Int64(exactly: words[3]), generation < .max else { return nil }
        family = RefreshFamilyID(
            session: SessionID(high: words[0], low: words[1]), number: words[2])
        self.generation = generation
        code = Array(octets.suffix(Self.length.code))
    }

    /// Whether this server made it.
    func isGenuine(under key: AuthenticationKey) -> Bool {
        ConstantTime.equal(code, Self.code(Self.content(family, generation), key))
    }

    /// For the client and nobody else.
    var text: String {
        let octets = Self.content(family, generation) + code
        return Self.prefix + String(decoding: Base64URL.text(octets), as: UTF8.self)
    }

    private static func content(_ family: RefreshFamilyID, _ generation: Int64) -> [UInt8] {
        [family.session.high, family.session.low, family.number, UInt64(generation)].flatMap(\.octets)
    }

    /// 128 bits: each guess costs a request.
    private static func code(_ content: [UInt8], _ key: AuthenticationKey) -> [UInt8] {
        Array(key.code(of: content).bytes.prefix(length.code))
    }
}

extension RefreshToken: CustomStringConvertible, CustomReflectable {
    /// Without the content.
    var description: String { "RefreshToken(…)" }
    /// Nothing to see, also for `dump`.
    var customMirror: Mirror { Mirror(self, children: []) }
}
