import Auth
import Crypto
import Testing

extension StoreContract {
    /// Claims about the server's own secrets.
    public static let secrets = [
        StoreClaim("keepsTheFirstSecretOfAName") { stores async throws in
            let first: [UInt8] = [0, 255, 1]
            #expect(try await stores.secret("a", orStore: first) == first)
            #expect(try await stores.secret("a", orStore: [9]) == first)
            #expect(try await stores.secret("A", orStore: [9]) == [9])
            #expect(try await stores.secret("a", orStore: []) == first)
        },
        StoreClaim("agreesOnOneSecretOfSixteenParallelCalls") { stores async throws in
            let found = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<16 {
                    group.addTask { try await stores.secret("key", orStore: SecureRandom.bytes(32)) }
                }
                return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
            }
            #expect(found.count == 1)
        },
    ]
}
