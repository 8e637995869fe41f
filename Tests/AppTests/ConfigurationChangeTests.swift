import Auth
import HTTP
import Testing

@testable import App

/// What a reload takes from a configuration that was read again.
@Suite struct ConfigurationChangeTests {
    /// As documented, independent of the table.
    static let needingRestart: Set<String> = [
        "server.host", "server.port", "server.loops", "server.socket", "server.socketMode",
        "server.replyPath", "tls.port", "data.file", "data.keyFile", "sessions.durable", "passwords.workers",
        "passwords.queue", "log.format", "log.audit", "metrics.listen",
    ]

    /// Another value than the default for each setting that is no number and no switch.
    static let others: [String: ConfigurationValue] = [
        "server.host": .string("::1"), "server.socket": .string("./http"),
        "server.socketMode": .string("0600"), "server.replyPath": .string("library"),
        "tls.certificate": .string("./other.pem"), "tls.key": .string("./other.key"),
        "tls.alternateCertificate": .string("./second.pem"), "tls.alternateKey": .string("./second.key"),
        "data.file": .string("./other.db"), "data.keyFile": .string("./other.key"),
        "auth.filter": .string("none"),
        "auth.schemes": .list([.string("basic")]), "auth.openPaths": .list([.string("GET /a*")]),
        "proxies.trusted": .list([.string("10.0.0.0/8"), .string("unix")]),
        "proxies.fields": .string("forwarded"), "sessions.cookie.name": .string("s"),
        "sessions.cookie.secure": .string("always"), "access.users": .string("authenticated"),
        "tokens.issuer": .string("https://id.example.org"), "tokens.audience": .string("api"),
        "tokens.algorithm": .string("ES256"), "tokens.verification": .string("stateless"),
        "reset.link": .string("https://x/{token}"), "mail.server": .string("smtp://x"),
        "mail.security": .string("none"), "mail.user": .string("u"), "mail.passwordFile": .string("./p"),
        "mail.from": .string("a@b"), "mail.authorities": .string("./ca.pem"),
        "mail.templates": .string("./t"), "mail.confirmationLink": .string("https://x/{token}"),
        "reset.delivery": .string("off"), "log.format": .string("json"), "log.audit": .string("off"),
        "metrics.listen": .string("127.0.0.1:9464"),
        "cors.origins": .list([.string("https://app.example")]), "passwords.words": .list([.string("acme")]),
    ]

    /// A configuration with TLS, whose certificate can change.
    private var running: Configuration {
        var configuration = Configuration()
        (configuration.tls.certificate, configuration.tls.key) = ("./server.pem", "./server.key")
        return configuration
    }

    private func change(_ setting: Setting, in configuration: inout Configuration) throws {
        let value: ConfigurationValue =
            switch setting.show(configuration) {
            case .integer(let number): .integer(number + 1)
            case .bool(let flag): .bool(!flag)
            default: try #require(Self.others[setting.key], "no other value for \(setting.key)")
            }
        #expect(setting.read(value, &configuration))
    }

    @Test func whatNeedsARestartIsMarkedInTheTable() {
        #expect(Set(Setting.all.filter(\.needsRestart).map(\.key)) == Self.needingRestart)
    }

    @Test(arguments: Setting.all.map(\.key))
    func appliesASettingOrNamesIt(key: String) throws {
        let setting = try #require(Setting.named(key))
        var wanted = running
        try change(setting, in: &wanted)
        let change = ConfigurationChange(from: running, to: wanted)
        if Self.needingRestart.contains(key) {
            #expect(change.result == running && change.applied == [] && change.deferred == [key])
        } else {
            #expect(change.result == wanted && change.applied == [key] && change.deferred == [])
        }
    }

    @Test func everythingAtOnceIsTakenApartInTheOrderOfTheTable() throws {
        var wanted = running
        for setting in Setting.all { try change(setting, in: &wanted) }
        let change = ConfigurationChange(from: running, to: wanted)
        #expect(change.applied == Setting.all.map(\.key).filter { !Self.needingRestart.contains($0) })
        #expect(change.deferred == Setting.all.map(\.key).filter(Self.needingRestart.contains))
        #expect(change.result.server.host == "127.0.0.1" && change.result.limits == wanted.limits)
        // What waits is named again, as long as it is not in force.
        let again = ConfigurationChange(from: change.result, to: wanted)
        #expect(again.applied == [] && again.deferred == change.deferred && again.result == change.result)
        #expect(ConfigurationChange(from: change.result, to: running).deferred == [])
    }

    @Test func theSameChangesNothing() {
        for configuration in [running, Configuration()] {
            let change = ConfigurationChange(from: configuration, to: configuration)
            #expect(change.result == configuration && change.applied == [] && change.deferred == [])
        }
    }

    @Test func tlsIsSwitchedOnAndOffByARestart() {
        for (from, to) in [(running, Configuration()), (Configuration(), running)] {
            let change = ConfigurationChange(from: from, to: to)
            #expect(change.result == from && change.applied == [])
            #expect(change.deferred == ["tls.certificate", "tls.key"])
        }
    }
}
