/// How numbers and octets are written in password hashes.
enum HashText {
    /// Digits of the longest number that is read.
    private static let longestNumber = 9

    /// A decimal number without sign and leading zeros.
    static func number(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8
        guard (1...longestNumber).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.first != 0x30 || digits.count == 1
        else { return nil }
        return Int(text)
    }

    /// Numbers with these names in this order, as in `m=8,t=1,p=1`.
    static func numbers(_ text: Substring, _ names: String...) -> [Int]? {
        let pairs = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == names.count else { return nil }
        var numbers: [Int] = []
        for (pair, name) in zip(pairs, names) {
            guard pair.hasPrefix(name + "="), let number = number(pair.dropFirst(name.count + 1)) else {
                return nil
            }
            numbers.append(number)
        }
        return numbers
    }

    /// Base64 as crypt(3) has it: `.` and `/` among its letters.
    static func isCrypt64(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    /// Two digits, then 22 characters of salt and 31 of hash.
    static func bcryptCost(_ parts: [Substring]) -> Int? {
        guard parts.count == 2, parts[0].utf8.count == 2, parts[1].utf8.count == bcryptHash + 22,
            isCrypt64(parts[1])
        else { return nil }
        return number(parts[0].first == "0" ? parts[0].dropFirst() : parts[0])
    }

    /// 5000 unless they are given.
    static func sha512CryptRounds(_ parts: [Substring]) -> Int? {
        let prefix = "rounds="
        let isGiven = parts.first?.hasPrefix(prefix) ?? false
        let rest = parts.dropFirst(isGiven ? 1 : 0)
        guard rest.count == 2, let salt = rest.first, let hash = rest.last, salt.utf8.count <= 16,
            isCrypt64(salt), hash.utf8.count == sha512CryptHash, isCrypt64(hash)
        else { return nil }
        return isGiven ? number(parts[0].dropFirst(prefix.count)) : 5_000
    }

    /// Characters of the hash at the end of bcrypt's form.
    static let bcryptHash = 31
    /// Characters of the hash at the end of sha512-crypt's form.
    static let sha512CryptHash = 86
}

extension PasswordHash.Argon2 {
    init?(isArgon2id: Bool, _ parts: [Substring]) {
        guard parts.count == 4, parts[0] == "v=19", let costs = HashText.numbers(parts[1], "m", "t", "p"),
            costs.allSatisfy({ $0 > 0 }), let salt = Sodium.base64(parts[2]), salt.count >= 8,
            let hash = Sodium.base64(parts[3]), hash.count >= 16
        else { return nil }
        self.init(
            isArgon2id: isArgon2id, memoryKiB: costs[0], iterations: costs[1], lanes: costs[2],
            salt: salt, hash: hash)
    }
}

extension PasswordHash.Scrypt {
    /// Octets that passlib writes. Of a longer hash they are the beginning: one that was cut would be valid too.
    private static let hashCount = 32

    init?(_ parts: [Substring]) {
        guard parts.count == 3, let costs = HashText.numbers(parts[0], "ln", "r", "p"),
            costs.allSatisfy({ $0 > 0 }), let salt = Sodium.base64(parts[1]),
            let hash = Sodium.base64(parts[2]), hash.count == Self.hashCount
        else { return nil }
        self.init(logN: costs[0], blockSize: costs[1], lanes: costs[2], salt: salt, hash: hash)
    }
}

extension PasswordHash.PBKDF2 {
    /// Base64 with `.` in the place of `+`.
    init?(_ function: Function, passlib parts: [Substring]) {
        guard parts.count == 3, parts.allSatisfy({ !$0.contains("+") }),
            let salt = Sodium.base64(Substring(parts[1].replacing(".", with: "+"))),
            let hash = Sodium.base64(Substring(parts[2].replacing(".", with: "+")))
        else { return nil }
        self.init(function, rounds: parts[0], salt: salt, hash: hash)
    }

    /// The salt as it is, the hash in padded base64.
    init?(django parts: [Substring]) {
        guard parts.count == 3, parts[2].last == "=", let hash = Sodium.base64(parts[2].dropLast()) else {
            return nil
        }
        self.init(.sha256, rounds: parts[0], salt: Array(parts[1].utf8), hash: hash)
    }

    private init?(_ function: Function, rounds: Substring, salt: [UInt8], hash: [UInt8]) {
        guard let rounds = HashText.number(rounds), rounds > 0, hash.count == function.rawValue else {
            return nil
        }
        self.init(function: function, rounds: rounds, salt: salt, hash: hash)
    }
}
