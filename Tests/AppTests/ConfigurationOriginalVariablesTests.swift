import Auth
import Testing

@testable import App

/// The variables of docs/HTTP.md.
@Suite struct ConfigurationOriginalVariablesTests {
    private func load(_ environment: [String: String]) throws -> Configuration {
        try loadConfiguration(environment: environment).configuration
    }

    @Test func unsetLeavesWhatIsConfigured() throws {
        let configuration = try load([:])
        #expect(configuration.auth.mode == .protected([.session, .bearer]))
        #expect(configuration.sessions.durable)
        #expect(configuration.sessions.policy.lifetime == .seconds(43_200))
    }

    @Test func noneOpensEveryPath() throws {
        #expect(try load(["AUTH_TYPE": "none"]).auth.mode == .unprotected)
        #expect(!(try load(["AUTH_TYPE": "none"]).auth.mode.hasSessions))
    }

    @Test func authHasNoScheme() throws {
        let mode = try load(["AUTH_TYPE": "auth"]).auth.mode
        #expect(mode == .protected([]))
        #expect(!mode.hasSessions)
    }

    @Test func basicAuthIsBasicOnly() throws {
        let mode = try load(["AUTH_TYPE": "basic_auth"]).auth.mode
        #expect(mode == .protected([.basic]))
        #expect(mode.accepts(.basic) && !mode.hasSessions)
    }

    @Test(
        arguments: [
            ("session_auth", nil, false, nil), ("session_auth", "60", false, 60),
            ("session_auth", "0", false, nil),
            ("session_auth", "-1", false, nil), ("session_exp_auth", nil, false, 43_200),
            ("session_exp_auth", "60", false, 60), ("session_exp_auth", "0", false, nil),
            ("session_db_auth", nil, true, 43_200), ("session_db_auth", "60", true, 60),
            ("session_db_auth", "-5", true, nil),
        ] as [(String, String?, Bool, Int?)])
    func sessionTypesDifferInPlaceAndLifetime(
        type: String, duration: String?, durable: Bool, lifetime: Int?
    ) throws {
        var environment = ["AUTH_TYPE": type]
        environment["SESSION_DURATION"] = duration
        let configuration = try load(environment)
        #expect(configuration.auth.mode == .protected([.session]))
        #expect(configuration.auth.mode.hasSessions)
        #expect(configuration.sessions.durable == durable)
        #expect(configuration.sessions.policy.lifetime == lifetime.map { .seconds($0) })
    }

    @Test(arguments: [
        "", "None", "NONE", "session", "basic", "jwt", " auth", "none\n", "session_auth,basic_auth",
    ])
    func anyOtherTypeIsRefusedWithTheValidWords(word: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try load(["AUTH_TYPE": word]) }
        #expect(error.key == "AUTH_TYPE")
        #expect(error.source == .environment("AUTH_TYPE"))
        #expect(
            error.allowed == "none, auth, basic_auth, session_auth, session_exp_auth, session_db_auth")
        #expect(!error.description.contains("\n"))
    }

    @Test(arguments: ["", "abc", "1.5", "12h", " 60", "60 ", "99999999999999999999", "3155760001"])
    func aDurationThatIsNoNumberIsRefused(text: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try load(["SESSION_DURATION": text]) }
        #expect(error.key == "sessions.lifetime")
        #expect(error.source == .environment("SESSION_DURATION"))
    }

    @Test func hostPortAndCookieNameKeepTheirMeaning() throws {
        let configuration = try load([
            "API_HOST": "0.0.0.0", "API_PORT": "5001", "SESSION_NAME": "_my_session_id",
        ])
        #expect(configuration.server.host == "0.0.0.0")
        #expect(configuration.server.port == 5_001)
        #expect(configuration.sessions.cookie.name == "_my_session_id")
        #expect(throws: ConfigurationError.self) { try load(["API_PORT": "x"]) }
        #expect(throws: ConfigurationError.self) { try load(["API_HOST": ""]) }
        #expect(throws: ConfigurationError.self) { try load(["SESSION_NAME": "a;b"]) }
    }

    @Test func aVariableOfOursWins() throws {
        var configuration = try load([
            "API_PORT": "1", "SESSIOND_SERVER_PORT": "2", "SESSION_DURATION": "3",
            "SESSIOND_SESSIONS_LIFETIME": "4",
            "AUTH_TYPE": "session_exp_auth", "SESSIOND_SESSIONS_DURABLE": "true",
        ])
        #expect(configuration.server.port == 2)
        #expect(configuration.sessions.lifetime == 4)
        #expect(configuration.sessions.durable)
        configuration = try load(["AUTH_TYPE": "session_auth", "SESSIOND_SESSIONS_LIFETIME": "5"])
        #expect(configuration.sessions.lifetime == 5)
    }

    @Test func schemesOfOursKeepTheFilterThatNoneWouldTakeAway() throws {
        let configuration = try load(["AUTH_TYPE": "none", "SESSIOND_AUTH_SCHEMES": "basic"])
        #expect(configuration.auth.mode == .protected([.basic]))
        #expect(try load(["AUTH_TYPE": "auth", "SESSIOND_AUTH_FILTER": "none"]).auth.mode == .unprotected)
    }

    @Test func theTypeWinsOverTheFile() throws {
        let file = try ConfigurationFileTests.TemporaryFile(
            "{ auth: { filter: 'none', schemes: ['basic'] }, sessions: { durable: true, lifetime: 60 } }")
        var flags = ConfigurationFlags()
        flags.file = file.path
        let plain = try loadConfiguration(flags: flags, environment: ["AUTH_TYPE": "session_auth"])
        #expect(plain.configuration.auth.mode == .protected([.session]))
        #expect(!plain.configuration.sessions.durable)
        #expect(plain.configuration.sessions.policy.lifetime == nil)
        #expect(plain.source(of: "sessions.lifetime") == .environment("AUTH_TYPE"))
        let expiring = try loadConfiguration(flags: flags, environment: ["AUTH_TYPE": "session_exp_auth"])
        #expect(expiring.configuration.sessions.lifetime == 60)
    }
}
