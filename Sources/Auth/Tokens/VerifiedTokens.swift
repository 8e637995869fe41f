import Crypto
import Workers

/// Tokens whose signature was found good, by a keyed hash of their text: a check of one that is known costs a hash
/// instead of a signature. What can change (session, clock, keys) is asked each time all the same.
final class VerifiedTokens: Sendable {
    private struct Entry {
        let claims: AccessClaims
        /// Of the key set under which it was verified.
        let generation: Int
    }

    /// 16,384 tokens at most, some 4 MiB.
    private static let shardCount = 64
    private static let perShard = 256

    private let key = AuthenticationKey.random()
    private let shards = (0..<shardCount).map { _ in Shard() }

    /// The name of a token here.
    func name(of token: ArraySlice<UInt8>) -> Digest { key.code(of: Array(token)) }

    /// The claims of a token that was verified under this key set.
    func claims(_ name: Digest, generation: Int) -> AccessClaims? {
        shard(of: name).entries.withLock { entries in
            guard let entry = entries[name], entry.generation == generation else { return nil }
            return entry.claims
        }
    }

    /// Remembers a token. A shard that is full forgets those that are of no use any more, or else all.
    func insert(_ name: Digest, _ claims: AccessClaims, generation: Int, at now: WallTime) {
        shard(of: name).entries.withLock { entries in
            if entries.count >= Self.perShard {
                entries = entries.filter {
                    $0.value.generation == generation && $0.value.claims.expiresAt > now.seconds
                }
                if entries.count >= Self.perShard { entries = [:] }
            }
            entries[name] = Entry(claims: claims, generation: generation)
        }
    }

    private func shard(of name: Digest) -> Shard {
        shards[Int(truncatingIfNeeded: name.prefix) & (Self.shardCount - 1)]
    }

    private final class Shard: Sendable {
        let entries = Locked<[Digest: Entry]>([:])
    }
}
