/// The public half of a signing key, as its members in a JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2).
public struct JSONWebKey: Sendable, Equatable {
    /// `kty` and what is required beside it, in the order of their names; values need no escape in JSON.
    public let members: [(name: String, value: String)]

    init(_ members: [String: String]) {
        self.members = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    init(type: String, curve: String? = nil, _ numbers: [String: [UInt8]]) {
        var members = numbers.mapValues { String(decoding: Base64URL.text($0), as: UTF8.self) }
        members["kty"] = type
        if let curve { members["crv"] = curve }
        self.init(members)
    }

    /// Names the key by its content: the SHA-256 thumbprint (RFC 7638 §3), 43 characters.
    public var thumbprint: String {
        let text = members.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ",")
        return String(decoding: Base64URL.text(SHA256.hash(Array("{\(text)}".utf8))), as: UTF8.self)
    }

    /// The same members with the same values.
    public static func == (a: JSONWebKey, b: JSONWebKey) -> Bool {
        a.members.elementsEqual(b.members) { $0 == $1 }
    }
}
