import Crypto

/// The nonces of challenges (RFC 7616 §3.3): the time and a random number under a key that this process alone knows.
///
/// None is kept until somebody has proved something with it; from then on it is kept which counts were used. So
/// challenges cost no memory, and whoever listens can repeat nothing, not even after a restart.
public final class DigestNonces: Sendable {
    private let key: AuthenticationKey
    private let windows: NonceWindows
    /// Added to times, so that a nonce does not tell how long the machine has been running.
    private let origin = SecureRandom.uint64()

    /// Octets: a time of 8, a number of 8, half of the code.
    private static let length = 32

    init(key: AuthenticationKey = .random(), capacity: Int = NonceWindows.usualCapacity) {
        self.key = key
        windows = NonceWindows(capacity: capacity)
    }

    /// What a nonce is worth to somebody who has computed with it.
    enum Use: Sendable, Equatable {
        /// It was not used with this count; `isFirst`: not with any. `isAging`: a new one is due.
        case good(isFirst: Bool, isAging: Bool)
        /// Too old, not ours, or so old that its counts were forgotten.
        case stale
        /// The count was used already, or is too far behind.
        case replayed
    }

    /// A fresh one: 64 hexadecimal digits.
    func issue(at now: SteadyTime) -> String {
        let content = (origin &+ UInt64(bitPattern: now.milliseconds)).octets + SecureRandom.uint64().octets
        return String(decoding: Hexadecimal.digits(of: content + code(content)), as: UTF8.self)
    }

    /// Uses a nonce with a count, once.
    func use(_ nonce: [UInt8], _ count: UInt32, at now: SteadyTime, lifetime: Int64) -> Use {
        guard nonce.count == 2 * Self.length, let octets = Hexadecimal.octets(of: nonce),
            ConstantTime.equal(Array(octets[16...]), code(Array(octets[..<16])))
        else { return .stale }
        let issuedAt = Int64(bitPattern: UInt64(octets: octets[..<8]) &- origin)
        let age = now.milliseconds - issuedAt
        guard age < lifetime else { return .stale }
        switch windows.use(
            UInt64(octets: octets[8..<16]), count, issuedAt: issuedAt, oldest: now.milliseconds - lifetime)
        {
        case .first: return .good(isFirst: true, isAging: age >= lifetime / 2)
        case .further: return .good(isFirst: false, isAging: age >= lifetime / 2)
        case .forgotten: return .stale
        case .repeated: return .replayed
        }
    }

    private func code(_ content: [UInt8]) -> [UInt8] { Array(key.code(of: content).bytes.prefix(16)) }
}
