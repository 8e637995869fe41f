import Auth
import Crypto
import Testing

extension StoreContract {
    private static func key(_ id: String, signsFrom seconds: Int64) -> SigningKeyRecord {
        SigningKeyRecord(
            id: id, algorithm: .es256, sealedKey: [0, 255, 7], createdAt: start,
            signsFrom: start + .seconds(seconds))
    }

    /// Claims about the keys that tokens are signed with.
    public static let signingKeys = [
        StoreClaim("listsSigningKeysAsTheyBeginToSign") { stores async throws in
            #expect(try await stores.signingKeys().isEmpty)
            let (late, early) = (key("a", signsFrom: 900), key("b", signsFrom: 0))
            try await stores.insert(late, deleting: [])
            try await stores.insert(early, deleting: [])
            #expect(try await stores.signingKeys() == [early, late])
        },
        StoreClaim("replacesSigningKeysInOneStep") { stores async throws in
            try await stores.insert(key("a", signsFrom: 0), deleting: [])
            try await stores.insert(key("b", signsFrom: 1), deleting: ["nobody"])
            try await stores.insert(key("c", signsFrom: 2), deleting: ["a", "b"])
            #expect(try await stores.signingKeys() == [key("c", signsFrom: 2)])
        },
    ]
}
