import Testing

@testable import Crypto

@Suite struct SigningKeyTests {
    private func octets(_ text: String) throws -> [UInt8] { try #require(Base64URL.octets(text.utf8)) }

    private func key(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        let text =
            switch algorithm {
            case .edDSA: SignatureVectors.ed25519Key
            case .es256: SignatureVectors.es256Key
            case .rs256: SignatureVectors.rs256Key
            }
        return try SigningKey(algorithm, privateKey: octets(text))
    }

    @Test func verifiesTheSignaturesOfTheRFCs() throws {
        let payload = SignatureVectors.payload
        for (algorithm, message, signature) in [
            (SignatureAlgorithm.edDSA, SignatureVectors.ed25519Message, SignatureVectors.ed25519Signature),
            (.es256, "eyJhbGciOiJFUzI1NiJ9." + payload, SignatureVectors.es256Signature),
            (.rs256, "eyJhbGciOiJSUzI1NiJ9." + payload, SignatureVectors.rs256Signature),
        ] {
            let key = try key(algorithm)
            let signature = try octets(signature)
            #expect(key.verifies(signature, of: Array(message.utf8)), "\(algorithm)")
            #expect(!key.verifies(signature, of: Array((message + "A").utf8)), "\(algorithm)")
        }
    }

    @Test func makesTheSignaturesOfTheRFCs() throws {
        let ed25519 = try key(.edDSA).signature(of: Array(SignatureVectors.ed25519Message.utf8))
        #expect(try ed25519 == octets(SignatureVectors.ed25519Signature))
        let message = Array(("eyJhbGciOiJSUzI1NiJ9." + SignatureVectors.payload).utf8)
        #expect(try key(.rs256).signature(of: message) == octets(SignatureVectors.rs256Signature))
    }

    @Test func showsThePublicKeysOfTheRFCs() throws {
        let ed25519 = try key(.edDSA).publicKey
        #expect(
            ed25519.members.map { "\($0.name)=\($0.value)" } == [
                "crv=Ed25519", "kty=OKP", "x=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            ])
        // https://www.rfc-editor.org/rfc/rfc8037#appendix-A.3
        #expect(ed25519.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        #expect(
            try key(.es256).publicKey.members.map { "\($0.name)=\($0.value)" } == [
                "crv=P-256", "kty=EC", "x=f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y=x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ])
        let rsa = try key(.rs256).publicKey.members
        #expect(rsa.map(\.name) == ["e", "kty", "n"])
        #expect(rsa[0].value == "AQAB" && rsa[2].value.hasPrefix("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAk"))
    }

    @Test func makesTheThumbprintOfTheRFC() {
        let key = JSONWebKey(["kty": "RSA", "e": "AQAB", "n": SignatureVectors.thumbprintModulus])
        #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func aFreshKeySignsAndComesBackFromItsOctets(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm)
        let again = try SigningKey(algorithm, privateKey: key.privateKey())
        #expect(again.publicKey == key.publicKey)
        for round in 0..<50 {
            let message = [UInt8](repeating: UInt8(round), count: round)
            let signature = try key.signature(of: message)
            #expect(signature.count == key.signatureLength)
            #expect(again.verifies(signature, of: message))
            var other = signature
            other[round % other.count] ^= 1
            #expect(!again.verifies(other, of: message))
        }
        #expect(try SigningKey.generate(algorithm).publicKey != key.publicKey)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func refusesSignaturesOfAnotherForm(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm)
        let signature = try key.signature(of: [1])
        for wrong in [
            [], [0], Array(signature.dropLast()), signature + [0], [0] + signature,
            [UInt8](repeating: 0, count: signature.count), [UInt8](repeating: 255, count: signature.count),
        ] { #expect(!key.verifies(wrong, of: [1])) }
    }

    @Test func refusesECDSAInDER() throws {
        // https://www.rfc-editor.org/rfc/rfc7518#section-3.4: raw r and s. The same signature as the RFC's, in DER.
        let raw = try octets(SignatureVectors.es256Signature)
        let der: [UInt8] = [0x30, 69, 2, 32] + raw.prefix(32) + [2, 33, 0] + raw.suffix(32)
        let message = Array(("eyJhbGciOiJFUzI1NiJ9." + SignatureVectors.payload).utf8)
        #expect(try !key(.es256).verifies(der, of: message))
        #expect(try key(.es256).verifies(raw, of: message))
    }

    @Test func readsNoKeyOfAnotherAlgorithmNorAnythingElse() throws {
        for algorithm in SignatureAlgorithm.allCases {
            let octets = try key(algorithm).privateKey()
            for other in SignatureAlgorithm.allCases where other != algorithm {
                #expect(throws: CryptoFailure.self) { try SigningKey(other, privateKey: octets) }
            }
            #expect(throws: CryptoFailure.self) { try SigningKey(algorithm, privateKey: octets.dropLast(1)) }
            #expect(throws: CryptoFailure.self) { try SigningKey(algorithm, privateKey: []) }
        }
    }

    @Test func verifiesOnManyThreadsAtOnce() async throws {
        let key = try SigningKey.generate(.es256)
        let signature = try key.signature(of: [7])
        let isGood = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask { key.verifies(signature, of: [index % 2 == 0 ? 7 : 8]) == (index % 2 == 0) }
            }
            return await group.allSatisfy { $0 }
        }
        #expect(isGood)
    }

    @Test func hidesItsContent() throws {
        var dumped = ""
        dump(try SigningKey.generate(.edDSA), to: &dumped)
        #expect(!dumped.contains("handle"))
    }
}
