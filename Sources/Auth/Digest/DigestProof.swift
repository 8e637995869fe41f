import Crypto

/// What both sides compute (RFC 7616 §3.4.1 to §3.4.4), for one request.
struct DigestProof: Sendable {
    private let algorithm: DigestAlgorithm
    /// `nonce ":" nc ":" cnonce ":" qop`.
    private let middle: [UInt8]
    private let uri: [UInt8]
    /// H(A2) of the request.
    private let request: [UInt8]

    private static let colon = [UInt8(ascii: ":")]

    /// For credentials in a request with this method.
    init(_ credentials: DigestCredentials, method: String) {
        algorithm = credentials.algorithm
        uri = credentials.uri
        middle =
            [
                credentials.nonce, credentials.countDigits, credentials.clientNonce,
                DigestCredentials.quality,
            ].joined(separator: Self.colon).map { $0 }
        request = algorithm.hexHash(Array(method.utf8) + Self.colon + uri)
    }

    /// H(A1): what stands for the name and the secret.
    static func key(
        _ name: String, realm: String, _ secret: String, _ algorithm: DigestAlgorithm
    ) -> [UInt8] {
        algorithm.hexHash(Array("\(name):\(realm):\(secret)".utf8))
    }

    /// H(name ":" realm): what stands for the name where it shall not be seen.
    static func hashedName(_ name: String, realm: String, _ algorithm: DigestAlgorithm) -> [UInt8] {
        algorithm.hash(Array("\(name):\(realm)".utf8))
    }

    /// What the client sends, in octets.
    func response(_ key: [UInt8]) -> [UInt8] { keyed(key, request) }

    /// What the server answers with (`rspauth`), in digits.
    func answer(_ key: [UInt8]) -> [UInt8] {
        Hexadecimal.digits(of: keyed(key, algorithm.hexHash(Self.colon + uri)))
    }

    private func keyed(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        algorithm.hash(key + Self.colon + middle + Self.colon + message)
    }
}
