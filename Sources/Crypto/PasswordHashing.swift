/// Argon2id (RFC 9106) with one lane; verifies hashes of other kinds too.
///
/// Slow and hungry by intention: call it on a worker, never on a loop.
public struct PasswordHashing: Sendable, Equatable {
    /// Memory of one computation in KiB; default 19 MiB, which OWASP recommends together with two iterations.
    public var memoryKiB: Int
    /// Passes over the memory; default 2.
    public var iterations: Int

    /// Parameters that `isAcceptable` accepts, or every hash fails.
    public init(memoryKiB: Int = 19_456, iterations: Int = 2) {
        self.memoryKiB = memoryKiB
        self.iterations = iterations
    }

    /// Whether the library can work with these parameters: at least 8 KiB and one iteration.
    public static func isAcceptable(_ parameters: PasswordHashing) -> Bool {
        (Sodium.argon2Memory.lowerBound / 1_024...Sodium.argon2Memory.upperBound / 1_024)
            .contains(parameters.memoryKiB) && Sodium.argon2Iterations.contains(parameters.iterations)
    }

    /// Passes that a hash with this memory needs at least: those of the parameters that OWASP's Password Storage Cheat
    /// Sheet calls equivalent; more than there can be below 7 MiB.
    public static func leastIterations(memoryKiB: Int) -> Int {
        switch memoryKiB {
        case 47_104...: 1
        case 19_456...: 2
        case 12_288...: 3
        case 9_216...: 4
        case 7_168...: 5
        default: .max
        }
    }

    /// A PHC string (`$argon2id$…`) of the password's UTF-8, with a salt of its own.
    public func hash(_ password: String) throws(CryptoFailure) -> String {
        guard Self.isAcceptable(self),
            let phc = Sodium.argon2id(password, iterations: iterations, memory: memoryKiB * 1_024)
        else { throw CryptoFailure(operation: "hashing a password") }
        return phc
    }

    /// Whether the password has this hash: one of ours under whatever parameters, or one of another server (see
    /// `PasswordHash`). A malformed hash is nobody's, and so is one that costs too much to verify.
    public func verify(_ password: String, against stored: String) throws(CryptoFailure) -> Bool {
        guard let hash = PasswordHash(stored), hash.isAffordable(beside: self) else { return false }
        let matches =
            switch hash {
            case .argon2(let argon2): Sodium.argon2Matches(password, argon2, stored)
            case .bcrypt: Crypt.matches(password, stored, last: HashText.bcryptHash)
            case .sha512Crypt: Crypt.matches(password, stored, last: HashText.sha512CryptHash)
            case .scrypt(let scrypt): KeyDerivation.matches(password, scrypt)
            case .pbkdf2(let pbkdf2): KeyDerivation.matches(password, pbkdf2)
            }
        guard let matches else { throw CryptoFailure(operation: "verifying a password") }
        return matches
    }

    /// Memory in KiB that verifying against this hash takes: what it was made with. Nothing to speak of when it is
    /// malformed.
    public func memoryKiB(toVerify stored: String) -> Int {
        (Self.memory(of: stored) + 1_023) / 1_024
    }

    /// Whether the hash is of another kind or has other parameters than these, or is malformed.
    public func needsRehash(_ stored: String) -> Bool {
        PasswordHash(stored)?.differs(from: self) ?? true
    }

    /// Octets of memory that verifying against this hash needs, about; 0 for one that is malformed.
    public static func memory(of stored: String) -> Int {
        PasswordHash(stored)?.memory ?? 0
    }

    /// Why a hash of another server cannot be taken over, without the hash; nil: it can.
    public func importRefusal(of stored: String) -> String? {
        guard let hash = PasswordHash(stored) else { return "not a password hash of a known kind" }
        return hash.isAffordable(beside: self) ? nil : "the password hash costs too much to verify"
    }

    /// The hash of a password that nobody knows: verifying against it costs an unknown user the same work.
    public func placeholderHash() throws(CryptoFailure) -> String {
        try hash(SecretToken.random().text)
    }
}
