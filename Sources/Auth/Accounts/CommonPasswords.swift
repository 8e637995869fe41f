// The only file that touches the table: a constant of the program, read through a pointer to it.
import CCommonPasswords
import Crypto

/// The passwords that attackers try first; scripts/make-common-passwords.py says where they come from, and describes
/// the table: by the first 12 bits of a word's SHA-256 the place of those that begin so, then the next 24 bits.
enum CommonPasswords {
    /// Whether the password is one, in whatever case. True of one in 680,000 others too.
    static func contain(_ password: String) -> Bool {
        let hash = SHA256.hash(Array(password.lowercased().utf8))
        let bucket = Int(hash[0]) << 4 | Int(hash[1]) >> 4
        let remainder = number(hash[1] & 0xf, hash[2], hash[3], hash[4]) >> 4
        guard let table = sessiond_common_passwords() else { return false }
        for place in offset(table, bucket)..<offset(table, bucket + 1) {
            let entry = places * 4 + place * 3
            if number(0, table[entry + 2], table[entry + 1], table[entry]) == remainder { return true }
        }
        return false
    }

    /// One for each value of 12 bits, and the end.
    private static let places = 4_097

    private static func offset(_ table: UnsafePointer<UInt8>, _ bucket: Int) -> Int {
        let place = bucket * 4
        return number(table[place + 3], table[place + 2], table[place + 1], table[place])
    }

    private static func number(_ octets: UInt8...) -> Int {
        octets.reduce(0) { $0 << 8 | Int($1) }
    }
}
