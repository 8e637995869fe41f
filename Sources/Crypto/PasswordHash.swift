/// A stored password hash, taken apart: which kind it is, and what its verification costs.
///
/// The server's own are Argon2id. The others come with users of other servers, and go with their next sign-in.
enum PasswordHash: Sendable, Equatable {
    /// `$argon2id$v=19$m=<KiB>,t=<iterations>,p=<lanes>$<salt>$<hash>`, or `$argon2i$…` (RFC 9106).
    case argon2(Argon2)
    /// `$2b$<cost>$<salt and hash>`, also `$2a$` and `$2y$`; reads 72 octets of a password.
    case bcrypt(cost: Int)
    /// `$6$<salt>$<hash>`, with `rounds=<n>$` before the salt if they are not 5000.
    case sha512Crypt(rounds: Int)
    /// `$scrypt$ln=<log2 N>,r=<block>,p=<lanes>$<salt>$<hash>` (RFC 7914), as passlib writes it.
    case scrypt(Scrypt)
    /// `$pbkdf2-sha256$<rounds>$<salt>$<hash>`, also `-sha512` and `$pbkdf2$` with SHA-1, as passlib writes them;
    /// `pbkdf2_sha256$…`, as Django does (RFC 8018).
    case pbkdf2(PBKDF2)

    struct Argon2: Sendable, Equatable {
        var isArgon2id: Bool
        var memoryKiB: Int
        var iterations: Int
        var lanes: Int
        var salt: [UInt8]
        var hash: [UInt8]
    }

    struct Scrypt: Sendable, Equatable {
        var logN: Int
        var blockSize: Int
        var lanes: Int
        var salt: [UInt8]
        var hash: [UInt8]
    }

    struct PBKDF2: Sendable, Equatable {
        enum Function: Int, Sendable {
            /// Octets of the digest.
            case sha1 = 20
            case sha256 = 32
            case sha512 = 64
        }

        var function: Function
        var rounds: Int
        var salt: [UInt8]
        var hash: [UInt8]
    }

    /// Octets of a stored hash.
    static let longest = 512

    /// Nil: none of these, or not well-formed.
    init?(_ text: String) {
        let octets = text.utf8
        guard octets.count <= Self.longest, octets.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        var parts = text.split(separator: "$", omittingEmptySubsequences: false)
        let kind = parts.removeFirst()
        if kind.isEmpty, !parts.isEmpty {
            self.init(kind: parts[0], Array(parts.dropFirst()))
        } else {
            guard kind == "pbkdf2_sha256", let hash = PBKDF2(django: parts) else { return nil }
            self = .pbkdf2(hash)
        }
    }

    private init?(kind: Substring, _ parts: [Substring]) {
        switch kind {
        case "argon2id", "argon2i":
            guard let hash = Argon2(isArgon2id: kind == "argon2id", parts) else { return nil }
            self = .argon2(hash)
        case "2a", "2b", "2y":
            guard let cost = HashText.bcryptCost(parts) else { return nil }
            self = .bcrypt(cost: cost)
        case "6":
            guard let rounds = HashText.sha512CryptRounds(parts) else { return nil }
            self = .sha512Crypt(rounds: rounds)
        case "scrypt":
            guard let hash = Scrypt(parts) else { return nil }
            self = .scrypt(hash)
        case "pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512":
            let function: PBKDF2.Function =
                kind == "pbkdf2" ? .sha1 : kind == "pbkdf2-sha256" ? .sha256 : .sha512
            guard let hash = PBKDF2(function, passlib: parts) else { return nil }
            self = .pbkdf2(hash)
        default: return nil
        }
    }
}
