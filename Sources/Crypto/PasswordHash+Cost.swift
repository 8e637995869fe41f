/// What verifying costs. Nothing that a stored hash asks for may bring the server to its knees.
extension PasswordHash {
    /// Octets of memory that verifying needs, about.
    var memory: Int {
        switch self {
        case .argon2(let hash): hash.memoryKiB * 1_024
        case .bcrypt, .sha512Crypt: Crypt.memory
        case .scrypt(let hash): hash.memory
        case .pbkdf2: 4_096
        }
    }

    /// Whether verifying stays within bounds: a few seconds, and 1 GiB for Argon2, which the server's own hashes may
    /// exceed if it is set so; else 256 MiB.
    func isAffordable(beside own: PasswordHashing) -> Bool {
        switch self {
        case .argon2(let hash):
            hash.memoryKiB <= max(1 << 20, own.memoryKiB) && hash.lanes <= 64
                && hash.memoryKiB * hash.iterations
                    <= max(
                        1 << 23, own.memoryKiB.multipliedReportingOverflow(by: own.iterations).partialValue)
        case .bcrypt(let cost): (4...15).contains(cost)
        case .sha512Crypt(let rounds): (1_000...2_000_000).contains(rounds)
        case .scrypt(let hash):
            hash.logN <= 24 && hash.memory <= 1 << 28 && hash.blockSize * hash.lanes << hash.logN <= 1 << 22
        case .pbkdf2(let hash): hash.rounds <= 5_000_000
        }
    }

    /// Whether today's parameters would make another hash.
    func differs(from own: PasswordHashing) -> Bool {
        guard case .argon2(let hash) = self else { return true }
        return !hash.isArgon2id || hash.memoryKiB != own.memoryKiB || hash.iterations != own.iterations
            || hash.lanes != 1 || hash.salt.count < 16 || hash.hash.count < 32
    }
}

extension PasswordHash.Scrypt {
    /// 128 × r × (N + p), at least: numbers beyond any use are taken for smaller ones.
    var memory: Int {
        128 * min(blockSize, 1 << 20) * (1 << min(logN, 30) + min(lanes, 1 << 20))
    }
}
