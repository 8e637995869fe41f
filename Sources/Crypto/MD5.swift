// OpenSSL's MD5: arrays go in and out, and the one pointer is the library's own.
import COpenSSL

/// MD5 (RFC 1321), for the clients of Digest that know nothing else. Nothing here stands on it by default.
public enum MD5 {
    /// Nil where the library has none, as under FIPS. Never freed: it is as good as constant.
    private nonisolated(unsafe) static let function: OpaquePointer? = {
        let function = EVP_MD_fetch(nil, "MD5", nil)
        // What the thread's next user of OpenSSL must not find.
        if function == nil { ERR_clear_error() }
        return function
    }()

    /// Whether there is one on this system.
    public static var isAvailable: Bool { function != nil }

    /// The 16 octets. Only where it is available.
    public static func hash(_ octets: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: 16)
        let result = EVP_Digest(octets, octets.count, &hash, nil, function, nil)
        precondition(result == 1, "MD5 is asked for where it is available only, and refuses nothing")
        return hash
    }
}
