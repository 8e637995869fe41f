public import Crypto

/// A key of the set, with its times.
public struct TokenKey: Sendable {
    /// Names it: the thumbprint of its public half (RFC 7638).
    public let id: String
    /// The pair.
    public let pair: SigningKey
    /// When it was made.
    public let createdAt: WallTime
    /// When it begins to sign.
    public let signsFrom: WallTime
    /// The first part of each of its tokens, with the dot: it writes no other, so it takes no other.
    let head: [UInt8]

    init(_ pair: SigningKey, createdAt: WallTime, signsFrom: WallTime) {
        id = pair.publicKey.thumbprint
        self.pair = pair
        self.createdAt = createdAt
        self.signsFrom = signsFrom
        // None of the values needs an escape.
        let header = #"{"alg":"\#(pair.algorithm.rawValue)","kid":"\#(id)","typ":"at+jwt"}"#
        head = Base64URL.text(Array(header.utf8)) + [UInt8(ascii: ".")]
    }

    /// Its public half as the key set shows it (RFC 7517 §4).
    public var published: [String: String] {
        var members = ["alg": pair.algorithm.rawValue, "kid": id, "use": "sig"]
        for member in pair.publicKey.members { members[member.name] = member.value }
        return members
    }
}

/// The keys of one moment. A key is public at once, signs from its time until the next one does, and verifies for as
/// long as a token of its can live after that.
struct KeySet: Sendable {
    /// In the order in which they begin to sign.
    let keys: [TokenKey]
    /// Counts the sets: what was verified under another one is to be verified anew.
    let generation: Int
    private let byHead: [[UInt8]: Int]

    init(_ keys: [TokenKey], generation: Int) {
        self.keys = keys.sorted { ($0.signsFrom, $0.createdAt, $0.id) < ($1.signsFrom, $1.createdAt, $1.id) }
        self.generation = generation
        byHead = Dictionary(zip(self.keys.map(\.head), self.keys.indices)) { first, _ in first }
    }

    /// Who signs now: the last one whose time has come. If the clock was set back before all of them, the first.
    func signer(at now: WallTime) -> TokenKey? { keys.last { $0.signsFrom <= now } ?? keys.first }

    /// The key whose tokens begin so, dot included, while it verifies.
    func key(head: ArraySlice<UInt8>, at now: WallTime) -> TokenKey? {
        guard let index = byHead[Array(head)], verifies(index, at: now) else { return nil }
        return keys[index]
    }

    /// Those that verify or will sign.
    func published(at now: WallTime) -> [TokenKey] {
        keys.indices.filter { verifies($0, at: now) }.map { keys[$0] }
    }

    private func verifies(_ index: Int, at now: WallTime) -> Bool {
        guard index + 1 < keys.count else { return true }
        return now < keys[index + 1].signsFrom + TokenPolicy.longestLifetime + TokenPolicy.leeway
    }
}
