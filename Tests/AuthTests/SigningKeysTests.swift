import Crypto
import TestSupport
import Testing

@testable import Auth

@Suite struct SigningKeysTests {
    private func ids(_ service: TokenService) -> [String] {
        service.keys.published(at: service.now.wall).map(\.id)
    }

    @Test func makesAKeyAtTheFirstStartAndFindsItAtTheNext() async throws {
        let service = try await TokenService()
        let first = try #require(service.keys.signer(at: service.now.wall))
        let again = SigningKeys(of: service.service.accounts)
        #expect(again.signer(at: service.now.wall) == nil)
        try await again.open(.es256, at: service.now.wall)
        #expect(again.signer(at: service.now.wall)?.id == first.id)
        #expect(again.signer(at: service.now.wall)?.pair.algorithm == .edDSA)
        try await again.open(.es256, at: service.now.wall)
        #expect(again.published(at: service.now.wall).count == 1)
    }

    @Test func thePrivateHalfLiesSealedInTheStore() async throws {
        let service = try await TokenService()
        let key = try #require(service.keys.signer(at: service.now.wall))
        let record = try #require(try await service.service.store.base.signingKeys().first)
        let secret = try key.pair.privateKey()
        #expect(record.id == key.id)
        #expect(
            !record.sealedKey.indices.contains { record.sealedKey[$0...].starts(with: secret.suffix(32)) })
        let sealing = service.service.accounts.sealing
        #expect(sealing.open(record.sealedKey, for: "signing-key:" + key.id) == secret)
        #expect(sealing.open(record.sealedKey, for: "signing-key:other") == nil)
    }

    @Test func refusesAKeyThatIsNotWhatWasStored() async throws {
        let service = try await TokenService()
        let store = service.service.store.base
        var record = try #require(try await store.signingKeys().first)
        let id = record.id
        record.id = "another"
        try await store.insert(record, deleting: [id])
        await #expect(throws: SigningKeys.Problem.damaged) {
            try await SigningKeys(of: service.service.accounts).open(.edDSA, at: service.now.wall)
        }
    }

    @Test func aNewKeyIsPublicBeforeItSignsAndAnOldOneVerifiesAfterIt() async throws {
        let service = try await TokenService()
        let clock = service.service.clock
        let old = try #require(service.keys.signer(at: service.now.wall))
        let new = try await service.keys.rotate(.edDSA, lead: .seconds(900), at: service.now.wall)
        #expect(ids(service) == [old.id, new.id])
        clock.advance(by: .milliseconds(899_999))
        #expect(service.keys.signer(at: service.now.wall)?.id == old.id)
        let token = try service.issue()
        clock.advance(by: .milliseconds(1))
        #expect(service.keys.signer(at: service.now.wall)?.id == new.id)
        #expect(service.result(token) == nil)
        // The longest lifetime, and the grace of clocks.
        clock.advance(by: .milliseconds(3_604_999))
        #expect(ids(service) == [old.id, new.id])
        #expect(service.result(token) == .expired)
        clock.advance(by: .milliseconds(1))
        #expect(ids(service) == [new.id])
        #expect(service.result(token) == .unknownKey)
        // The next rotation takes it off the disk.
        _ = try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        #expect(try await service.service.store.base.signingKeys().count == 2)
    }

    @Test func twentyRotationsRefuseNoToken() async throws {
        let service = try await TokenService()
        let tokens = service.tokens
        var issued: [String] = []
        for round in 0..<20 {
            issued.append(try service.issue())
            let algorithm = SignatureAlgorithm.allCases[round % 2]
            _ = try await service.keys.rotate(algorithm, lead: .seconds(round % 3), at: service.now.wall)
            service.service.clock.advance(by: .seconds(1))
            for token in issued { #expect(service.result(token, tokens) == nil) }
        }
        let again = SigningKeys(of: service.service.accounts)
        try await again.open(.edDSA, at: service.now.wall)
        #expect(again.published(at: service.now.wall).map(\.id) == ids(service))
        for token in issued {
            #expect(service.result(token, AccessTokens(keys: again, policy: service.policy)) == nil)
        }
    }

    @Test func revokingLeavesTheNewKeyAlone() async throws {
        let service = try await TokenService()
        let token = try service.issue()
        _ = try await service.keys.rotate(.edDSA, lead: .seconds(900), at: service.now.wall)
        let new = try await service.keys.rotate(
            .edDSA, lead: .seconds(900), isRevoking: true, at: service.now.wall)
        #expect(ids(service) == [new.id])
        #expect(service.keys.signer(at: service.now.wall)?.id == new.id)
        #expect(service.result(token) == .unknownKey)
        #expect(try await service.service.store.base.signingKeys().map(\.id) == [new.id])
    }

    @Test func aKeyThatWasToSignLaterGivesWayToOneThatSignsNow() async throws {
        let service = try await TokenService()
        _ = try await service.keys.rotate(.edDSA, lead: .seconds(900), at: service.now.wall)
        let now = try await service.keys.rotate(.es256, lead: .zero, at: service.now.wall)
        #expect(service.keys.signer(at: service.now.wall)?.id == now.id)
        #expect(ids(service).last == now.id && ids(service).count == 2)
    }

    @Test func keepsABoundedNumberOfKeys() async throws {
        let service = try await TokenService()
        for _ in 1..<SigningKeys.most {
            service.service.clock.advance(by: .milliseconds(1))
            _ = try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        }
        #expect(ids(service).count == SigningKeys.most)
        await #expect(throws: SigningKeys.Problem.tooMany) {
            try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        }
        #expect(ids(service).count == SigningKeys.most)
    }

    @Test func aKeyIsDueWhenItIsOldOrOfAnotherAlgorithm() async throws {
        let service = try await TokenService()
        let (keys, clock) = (service.keys, service.service.clock)
        var policy = TokenPolicy()
        policy.rotationInterval = .seconds(5_000)
        clock.advance(by: .milliseconds(4_999_999))
        #expect(try await keys.rotateIfDue(policy, at: service.now.wall) == nil)
        clock.advance(by: .milliseconds(1))
        #expect(try await keys.rotateIfDue(policy, at: service.now.wall) != nil)
        #expect(!keys.isDue(policy, at: service.now.wall))
        policy.algorithm = .es256
        // Not again so soon.
        #expect(!keys.isDue(policy, at: service.now.wall))
        clock.advance(by: .seconds(60))
        #expect(try await keys.rotateIfDue(policy, at: service.now.wall)?.pair.algorithm == .es256)
        policy.rotationInterval = nil
        clock.advance(by: .seconds(1_000_000_000))
        #expect(!keys.isDue(policy, at: service.now.wall))
    }

    @Test func aClockThatWasSetBackDoesNotPutOffTheNextKey() async throws {
        let service = try await TokenService()
        var policy = TokenPolicy()
        policy.algorithm = .es256
        #expect(try await service.keys.rotateIfDue(policy, at: service.now.wall) != nil)
        policy.algorithm = .edDSA
        #expect(!service.keys.isDue(policy, at: service.now.wall))
        service.service.clock.jumpWall(by: .seconds(-86_400))
        #expect(service.keys.isDue(policy, at: service.now.wall))
    }

    @Test func aFailureOfTheStoreChangesNothing() async throws {
        let service = try await TokenService()
        let before = ids(service)
        service.service.store.base.failing = true
        await #expect(throws: StoreFailure.self) {
            try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        }
        #expect(ids(service) == before)
        service.service.store.base.failing = false
        _ = try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        #expect(ids(service).count == 2)
    }

    @Test func oneRotationAtATime() async throws {
        let service = try await TokenService()
        service.service.store.once(.before(.signingKeys)) {
            await #expect(throws: SigningKeys.Problem.inProgress) {
                try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
            }
        }
        _ = try await service.keys.rotate(.edDSA, lead: .zero, at: service.now.wall)
        #expect(ids(service).count == 2)
    }

    @Test func aClockThatWasSetBackBehindAllKeysStillSigns() async throws {
        let service = try await TokenService()
        let key = try #require(service.keys.signer(at: service.now.wall))
        service.service.clock.jumpWall(by: .seconds(-100_000))
        #expect(service.keys.signer(at: service.now.wall)?.id == key.id)
        #expect(try service.result(service.issue()) == nil)
    }
}
