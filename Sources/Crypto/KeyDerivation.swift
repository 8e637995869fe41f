// OpenSSL's derivations of keys from passwords: arrays go in and out, and no pointer stays.
import COpenSSL

/// scrypt (RFC 7914) and PBKDF2 (RFC 8018), which libsodium has not, or not in this form.
enum KeyDerivation {
    /// HMAC, on which both stand, fills a short key up with NULs: it cannot tell what ends in one from what does not.
    private static func isDistinct(_ password: String) -> Bool { password.utf8.last != 0 }

    /// Whether the password has this hash; nil when the memory to find out cannot be had.
    static func matches(_ password: String, _ scrypt: PasswordHash.Scrypt) -> Bool? {
        guard isDistinct(password) else { return false }
        var hash = [UInt8](repeating: 0, count: scrypt.hash.count)
        let result = EVP_PBE_scrypt(
            password, password.utf8.count, scrypt.salt, scrypt.salt.count, 1 << UInt64(scrypt.logN),
            UInt64(scrypt.blockSize), UInt64(scrypt.lanes), UInt64(scrypt.memory + room), &hash, hash.count)
        return compare(hash, scrypt.hash, result)
    }

    /// Whether the password has this hash; nil when the memory to find out cannot be had.
    static func matches(_ password: String, _ pbkdf2: PasswordHash.PBKDF2) -> Bool? {
        guard isDistinct(password) else { return false }
        var hash = [UInt8](repeating: 0, count: pbkdf2.hash.count)
        let digest =
            switch pbkdf2.function {
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            case .sha512: EVP_sha512()
            }
        let result = PKCS5_PBKDF2_HMAC(
            password, Int32(password.utf8.count), pbkdf2.salt, Int32(pbkdf2.salt.count), Int32(pbkdf2.rounds),
            digest, Int32(hash.count), &hash)
        return compare(hash, pbkdf2.hash, result)
    }

    /// Octets that OpenSSL wants on top of what the algorithm needs.
    private static let room = 1 << 20

    private static func compare(_ hash: [UInt8], _ expected: [UInt8], _ result: Int32) -> Bool? {
        guard result == 1 else {
            // What the thread's next user of OpenSSL must not find.
            ERR_clear_error()
            return nil
        }
        return ConstantTime.equal(hash, expected)
    }
}
