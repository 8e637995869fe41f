import Crypto
import HTTP
import TestSupport
import Testing

@testable import Auth

@Suite struct KnownDeviceTests {
    private let key = AuthenticationKey.random()
    private let user = User.ada(credentialVersion: 7)
    private let now = WallTime(milliseconds: 1_735_689_600_000)
    private let day = Duration.seconds(86_400)

    private func text(at time: WallTime? = nil) -> String {
        KnownDevice.signedIn(user, at: time ?? now).text(for: user.email, under: key)
    }

    private func read(
        _ text: String, of email: String = "ada@example.org", under key: AuthenticationKey? = nil,
        at time: WallTime? = nil
    ) throws -> KnownDevice? {
        KnownDevice(
            Array(text.utf8)[...], of: try #require(EmailAddress(email)), under: key ?? self.key,
            at: time ?? now)
    }

    @Test func readsWhatItWrote() throws {
        let device = KnownDevice.signedIn(user, at: now)
        #expect(try read(device.text(for: user.email, under: key)) == device)
        #expect(device.knows(user))
        #expect(!device.knows(.ada(id: user.id, credentialVersion: 8)))
        #expect(!device.knows(.ada(credentialVersion: 7)))
    }

    @Test func isShortAndFitForACookie() {
        #expect(text().utf8.count == 68 && SetCookie.isValidValue(text()) && text() != text())
    }

    @Test func knowsTheAddressInAnyCaseAndNoOther() throws {
        #expect(try read(text(), of: " ADA@EXAMPLE.ORG ") != nil)
        #expect(try read(text(), of: "eve@example.org") == nil)
    }

    @Test func anotherServersIsForged() throws {
        #expect(try read(text(), under: .random()) == nil)
    }

    @Test func everyChangedBitIsForged() throws {
        let bytes = Array(text().utf8)
        for place in bytes.indices {
            var other = bytes
            other[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(try read(String(decoding: other, as: UTF8.self)) == nil, "at \(place)")
        }
    }

    @Test(arguments: [
        "", "A", String(repeating: "A", count: 67), String(repeating: "=", count: 68),
        String(repeating: "A", count: 68), String(repeating: "A", count: 100_000),
    ])
    func somethingElseIsForged(text: String) throws {
        #expect(try read(text) == nil)
        #expect(try read(self.text() + text) == nil || text.isEmpty)
    }

    @Test func endsWithItsLastDay() throws {
        let text = text()
        #expect(try read(text, at: now + day * 181 + .milliseconds(-1)) != nil)
        #expect(try read(text, at: now + day * 181) == nil)
        // A clock that was set back, or that starts in 1970, makes nobody a stranger.
        #expect(try read(text, at: WallTime(milliseconds: -5)) != nil)
    }

    @Test func isRenewedUnderItsNumberInTheSecondHalf() throws {
        let device = KnownDevice.signedIn(user, at: now)
        #expect(device.isFresh(at: now + day * 89) && !device.isFresh(at: now + day * 90))
        let renewed = KnownDevice.signedIn(user, as: device, at: now + day * 90)
        #expect(renewed.number == device.number && renewed.lastDay == device.lastDay + 90)
        #expect(KnownDevice.signedIn(user, at: now).number != device.number)
    }

    @Test func aLastDayPastTheFormatIsTheLastOfIt() {
        let device = KnownDevice.signedIn(user, at: WallTime(milliseconds: .max / 2))
        #expect(device.lastDay == .max)
    }

    @Test func accountsGiveACookieToStrangersAndLeaveAGoodOneAlone() async throws {
        let service = try TestAccounts()
        let user = try await service.register("ada@example.org")
        let (accounts, now) = (service.accounts, service.clock.now)
        let cookie = try #require(accounts.deviceCookie(for: user, shown: nil, at: now))
        func shown(_ value: String) -> KnownDevice? {
            let fields = RequestFields([(.cookie, "device=forged; device=\(value)")])
            return accounts.device(fields.cookies(named: "device"), of: "ADA@example.org", at: now)
        }
        let device = try #require(shown(cookie))
        #expect(accounts.deviceCookie(for: user, shown: device, at: now) == nil)
        #expect(shown("forged") == nil)
        let changed = try #require(try await accounts.setPassword(user.id, "new password", at: now))
        let next = try #require(accounts.deviceCookie(for: changed, shown: device, at: now))
        #expect(shown(next)?.number != device.number)
    }
}
