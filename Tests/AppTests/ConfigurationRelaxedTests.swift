import Auth
import Testing

@testable import App

@Suite struct ConfigurationRelaxedTests {
    private static let production = {
        var configuration = Configuration()
        configuration.sessions.cookie = .init()
        configuration.sessions.cookie.name = "__Host-s"
        configuration.sessions.cookie.secure = .always
        configuration.registration.open = false
        configuration.passwords.minLength = 12
        configuration.reset.delivery = .off
        return configuration
    }()

    @Test func theDefaultsAreForATrial() {
        #expect(
            relaxedSettings(of: Configuration()).map(\.key) == [
                "sessions.cookie.secure", "sessions.cookie.name", "registration.open",
                "registration.firstUserIsAdmin", "passwords.minLength", "reset.delivery",
            ])
    }

    @Test func eachRelaxedSettingIsNamedAlone() {
        let changes: [(String, (inout Configuration) -> Void)] = [
            ("auth.filter", { $0.auth.filter = .none }),
            ("sessions.cookie.secure", { $0.sessions.cookie.secure = .auto }),
            ("sessions.cookie.name", { $0.sessions.cookie.name = "__Secure-s" }),
            ("access.users", { $0.access.users = .authenticated }),
            ("login.uniformErrors", { $0.login.uniformErrors = false }),
            ("passwords.minLength", { $0.passwords.minLength = 11 }),
            ("passwords.refuseCommon", { $0.passwords.refuseCommon = false }),
            ("passwords.hashMemoryKiB", { $0.passwords.hashMemoryKiB = 19_455 }),
            ("rateLimits.enabled", { $0.rateLimits.enabled = false }),
            ("passwords.hashMemoryKiB", { $0.passwords.hashIterations = 1 }),
            ("reset.delivery", { $0.reset.delivery = .response }),
            ("metrics.listen", { $0.metrics.listen = "*:9464" }),
            ("metrics.listen", { $0.metrics.listen = "[::]:9464" }),
            ("log.audit", { $0.log.audit = "off" }), ("log.audit", { $0.log.quiet = true }),
        ]
        #expect(relaxedSettings(of: Self.production) == [])
        for (key, change) in changes {
            var configuration = Self.production
            change(&configuration)
            #expect(relaxedSettings(of: configuration).map(\.key) == [key])
        }
    }

    @Test func theFirstAdministratorMattersOnlyWhileAnyoneMayRegister() {
        var configuration = Self.production
        configuration.registration.open = true
        #expect(
            relaxedSettings(of: configuration).map(\.key)
                == ["registration.open", "registration.firstUserIsAdmin"])
        configuration.registration.firstUserIsAdmin = false
        #expect(relaxedSettings(of: configuration).map(\.key) == ["registration.open"])
    }

    @Test func eachIsOneLineAboutASettingThatExists() {
        for relaxed in relaxedSettings(of: Configuration()) {
            #expect(Setting.named(relaxed.key) != nil)
            #expect(!relaxed.why.isEmpty && !relaxed.remedy.isEmpty)
            #expect(relaxed.description.hasPrefix(relaxed.key) && !relaxed.description.contains("\n"))
        }
    }

    @Test(arguments: ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "localhost", "LOCALHOST"])
    func staysOnThisMachine(host: String) {
        #expect(isLoopbackOnly(host))
    }

    @Test(arguments: [
        "*", "0.0.0.0", "::", "126.255.255.255", "128.0.0.1", "::2", "1::1", "::ffff:127.0.0.1",
        "localhost.org",
        "127.example.org", "example.org", "",
    ])
    func mayBeReachedFromElsewhere(host: String) {
        #expect(!isLoopbackOnly(host))
    }
}
