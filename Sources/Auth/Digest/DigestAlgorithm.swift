import Crypto
import HTTP

/// A hash function that Digest can be spoken with (RFC 7616 §6.1), the better one first.
public enum DigestAlgorithm: String, Sendable, CaseIterable {
    /// The one that is always offered.
    case sha256 = "SHA-256"
    /// For old clients, where the operator allows it.
    case md5 = "MD5"

    /// By its name in whatever case. The session variants (`-sess`) are not offered, and so not known.
    init?(_ name: [UInt8]) {
        guard
            let known = Self.allCases.first(where: { name[...].equalsIgnoringCase($0.rawValue.lowercased()) })
        else {
            return nil
        }
        self = known
    }

    /// H: the octets.
    func hash(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: SHA256.hash(text)
        case .md5: MD5.hash(text)
        }
    }

    /// H as it is written: digits in lower case.
    func hexHash(_ text: [UInt8]) -> [UInt8] { Hexadecimal.digits(of: hash(text)) }

    /// Octets of H.
    var length: Int {
        switch self {
        case .sha256: 32
        case .md5: 16
        }
    }
}
