import Crypto
import HTTP
import TestSupport
import Testing
import Workers

@testable import Auth

/// Where limits, devices, mail and hashing meet.
@Suite struct AccountsSeamsTests {
    private func device(_ cookie: String, _ service: TestAccounts) throws -> KnownDevice {
        let fields = RequestFields([(.cookie, "device=\(cookie)")])
        return try #require(
            service.accounts.device(
                fields.cookies(named: "device"), of: "ada@example.org", at: service.clock.now))
    }

    @Test func aDeviceOfADeletedAccountIsAStrangerToTheNextOneWithItsAddress() async throws {
        let service = try TestAccounts()
        let (accounts, now) = (service.accounts, service.clock.now)
        let first = try await service.register("ada@example.org")
        let cookie = try #require(accounts.deviceCookie(for: first, shown: nil, at: now))
        let source = SignInSource(device: try device(cookie, service))
        #expect(try await accounts.confirmed(source, for: "ada@example.org").isKnownDevice)
        _ = try await accounts.delete(first.id)
        let second = try await service.register("ada@example.org", "another one")
        #expect(second.credentialVersion == first.credentialVersion)
        #expect(try await !accounts.confirmed(source, for: "ada@example.org").isKnownDevice)
        // And it gets a number of its own.
        let shown = try device(cookie, service)
        let next = try device(
            try #require(accounts.deviceCookie(for: second, shown: shown, at: now)), service)
        #expect(next.number != shown.number)
    }

    @Test func aResetTokenOfNobodysAddressAsksTheStoreAsMuchAsAWrongOne() async throws {
        let service = try TestAccounts()
        _ = try await service.register("ada@example.org")
        let token = SecretToken.random().text
        var calls: [[HookedStore.Place]] = []
        for email in ["ada@example.org", "eve@example.org"] {
            let seen = Locked<[HookedStore.Place]>([])
            service.store.atEachPlace { place in seen.withLock { $0.append(place) } }
            let user = try await service.accounts.resetPassword(
                email: email, token: token, password: "another one", at: service.clock.now)
            #expect(user == nil)
            calls.append(seen.withLock { $0 })
        }
        #expect(calls[0] == calls[1] && calls[0].contains(.after(.findToken)))
    }

    @Test func aMailThatWaitsForAFormerAddressGetsNoToken() async throws {
        var policy = AccountPolicy()
        policy.sendsMail = true
        let service = try TestAccounts(policy)
        let (accounts, now) = (service.accounts, service.clock.now)
        let user = try await service.register("ada@example.org")
        try await accounts.requestResetMail(to: "ada@example.org", at: now)
        try await accounts.queueRequestedMail(at: now)
        let mail = try #require(try await accounts.dueMail(at: now, limit: 1).first)
        // The sender has read it; then the user, whose mailbox somebody else reads, moves to another one.
        let token = SecretToken.random()
        let email = try #require(EmailAddress("new@example.org"))
        _ = try await service.store.insertEmailChange(
            to: email, of: user.id, token: token.digest, at: now.wall, expiresAt: now.wall + .seconds(60))
        guard case .changed = try await accounts.confirmEmailChange(of: user.id, token: token.text, at: now)
        else {
            Issue.record("the address is not changed")
            return
        }
        guard case .nothing = try await accounts.content(of: mail, at: now) else {
            Issue.record("a token for the address that was given up")
            return
        }
    }
}
