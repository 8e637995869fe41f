// The only file that imports libxcrypt: its working memory needs a pointer, which begins and ends here.
import CCrypt
import Glibc

/// crypt(3) of libxcrypt: bcrypt and sha512-crypt.
enum Crypt {
    /// Octets that one computation needs.
    static let memory = MemoryLayout<crypt_data>.size

    /// Whether the last `count` characters of a stored hash are what comes of the password under its salt and costs;
    /// nil when the memory to find out cannot be had.
    ///
    /// bcrypt reads 72 octets of the password. None could read past a NUL: a password with one matches nothing.
    static func matches(_ password: String, _ stored: String, last count: Int) -> Bool? {
        guard !password.utf8.contains(0) else { return false }
        let area = UnsafeMutableRawPointer.allocate(byteCount: memory, alignment: 16)
        defer {
            explicit_bzero(area, memory)
            area.deallocate()
        }
        area.initializeMemory(as: UInt8.self, repeating: 0, count: memory)
        errno = 0
        guard let result = crypt_rn(password, stored, area, Int32(memory)) else {
            return errno == ENOMEM ? nil : false
        }
        // Salts may be written in several ways, so what stands before the hash may differ.
        return ConstantTime.equal(
            Array(String(cString: result).utf8.suffix(count)), Array(stored.utf8.suffix(count)))
    }
}
