/// Argon2id (RFC 9106) with one lane.
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

    /// Whether the password has this hash, made under whatever parameters; a malformed hash is nobody's.
    public func verify(_ password: String, against phc: String) throws(CryptoFailure) -> Bool {
        guard let matches = Sodium.argon2Matches(password, phc) else {
            throw CryptoFailure(operation: "verifying a password")
        }
        return matches
    }

    /// Memory in KiB that verifying against this hash takes: what it was made with. Nothing to speak of when it is
    /// malformed.
    public func memoryKiB(toVerify phc: String) -> Int {
        PHCString(phc)?.memoryKiB ?? 0
    }

    /// Whether the hash has other parameters than these, or is malformed.
    public func needsRehash(_ phc: String) -> Bool {
        Sodium.argon2NeedsRehash(phc, iterations: iterations, memory: memoryKiB * 1_024)
    }

    /// The hash of a password that nobody knows: verifying against it costs an unknown user the same work.
    public func placeholderHash() throws(CryptoFailure) -> String {
        try hash(SecretToken.random().text)
    }
}
