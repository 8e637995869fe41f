import Auth
import Testing

@testable import App

@Suite struct ConfigurationSourcesTests {
    @Test func flagsWinOverTheEnvironmentOverTheFileOverTheDefault() throws {
        let file = try ConfigurationFileTests.TemporaryFile("{ server: { port: 1001 } }")
        var flags = ConfigurationFlags()
        var environment: [String: String] = [:]
        func expect(_ port: Int, _ source: ConfigurationSource) throws {
            let loaded = try loadConfiguration(flags: flags, environment: environment)
            #expect(loaded.configuration.server.port == port)
            #expect(loaded.source(of: "server.port") == source)
        }
        try expect(5_000, .default)
        flags.file = file.path
        try expect(1_001, .file(file.path))
        environment["API_PORT"] = "1002"
        try expect(1_002, .environment("API_PORT"))
        environment["SESSIOND_SERVER_PORT"] = "1003"
        try expect(1_003, .environment("SESSIOND_SERVER_PORT"))
        flags.assignments.append(.init(key: "server.port", text: "1004", flag: "--port"))
        try expect(1_004, .flag("--port"))
        flags.assignments.append(.init(key: "server.port", text: "1005", flag: "--port"))
        try expect(1_005, .flag("--port"))
    }

    @Test func aWrongValueIsRefusedEvenIfAnotherSourceWins() throws {
        var flags = ConfigurationFlags()
        flags.assignments.append(.init(key: "server.port", text: "1", flag: "--port"))
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(flags: flags, environment: ["SESSIOND_SERVER_PORT": "x"])
        }
        #expect(error.source == .environment("SESSIOND_SERVER_PORT"))
    }

    @Test func theFlagNamesTheFileBeforeTheVariable() throws {
        let one = try ConfigurationFileTests.TemporaryFile("{ server: { port: 1 } }")
        let two = try ConfigurationFileTests.TemporaryFile("{ server: { port: 2 } }")
        let environment = ["SESSIOND_CONFIG": one.path]
        #expect(try loadConfiguration(environment: environment).configuration.server.port == 1)
        var flags = ConfigurationFlags()
        flags.file = two.path
        #expect(try loadConfiguration(flags: flags, environment: environment).configuration.server.port == 2)
        #expect(try loadConfiguration(flags: flags, environment: environment).file == two.path)
    }

    @Test func aFileThatTheVariableNamesMustBeThere() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: ["SESSIOND_CONFIG": "/nowhere/x"])
        }
        #expect(error.source == .environment("SESSIOND_CONFIG"))
        #expect(error.value == "\"/nowhere/x\"")
    }

    @Test(arguments: [
        "SESSIOND_SERVER_PRT", "SESSIOND_", "SESSIOND_CONFIG_X", "SESSIOND_server_port", "SESSIOND_X\n",
    ])
    func refusesVariablesOfNoSetting(name: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: [name: "hunter2"])
        }
        #expect(error.key == name)
        #expect(error.allowed.contains("SESSIOND_SERVER_PORT"))
        #expect(!error.description.contains("hunter2"))
        #expect(!error.description.contains("\n"))
    }

    @Test func namesTheVariablesOfTheSameSectionOnly() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: ["SESSIOND_LOG_FORMT": "json"])
        }
        #expect(error.allowed == "SESSIOND_LOG_AUDIT, SESSIOND_LOG_FORMAT, SESSIOND_LOG_QUIET")
    }

    @Test func aFlagWithAWrongValueIsRefusedByItsName() throws {
        var flags = ConfigurationFlags()
        flags.assignments.append(.init(key: "server.port", text: "65536", flag: "--port"))
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(flags: flags, environment: [:])
        }
        #expect(
            error.description
                == "server.port is 65536 (flag --port); allowed: a whole number from 0 to 65535")
    }

    @Test func listsInTheEnvironmentAreCutAtCommas() throws {
        let loaded = try loadConfiguration(environment: ["SESSIOND_AUTH_OPEN_PATHS": "/, POST|PUT /a ,/b*"])
        #expect(loaded.configuration.auth.openPaths.map(\.description) == ["/", "POST|PUT /a", "/b*"])
    }
}
