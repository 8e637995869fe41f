import Auth
import FoundationEssentials
import Testing

@testable import App

@Suite struct ConfigurationFileTests {
    /// A JSON5 file that goes when the test ends.
    final class TemporaryFile {
        let path: String

        init(_ text: String) throws {
            try path = Self.write(Data(text.utf8))
        }

        init(_ bytes: [UInt8]) throws {
            try path = Self.write(Data(bytes))
        }

        private static func write(_ data: Data) throws -> String {
            let url = FileManager.default.temporaryDirectory.appending(path: "sessiond-\(UUID()).json5")
            try data.write(to: url)
            return url.path
        }

        deinit {
            do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
        }
    }

    /// A file of the repository's `config` folder.
    static func shipped(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "config/\(name)").path
    }

    static func load(_ text: String) throws -> LoadedConfiguration {
        let file = try TemporaryFile(text)
        return try load(path: file.path)
    }

    static func load(path: String) throws -> LoadedConfiguration {
        var flags = ConfigurationFlags()
        flags.file = path
        return try loadConfiguration(flags: flags, environment: [:])
    }

    static func refusal(of text: String) throws -> ConfigurationError {
        let error = try #require(throws: ConfigurationError.self) { try load(text) }
        #expect(!error.description.contains("\n"))
        return error
    }

    @Test func readsJSON5() throws {
        let loaded = try Self.load(
            """
            // comment
            {
                server: { 'port': 0x1388, /* here */ host: "::1", },
                sessions: { cookie: { name: 's' }, lifetime: -1 },
                auth: { schemes: [] },
            }
            """)
        #expect(loaded.configuration.server.port == 5_000)
        #expect(loaded.configuration.server.host == "::1")
        #expect(loaded.configuration.sessions.cookie.name == "s")
        #expect(loaded.configuration.sessions.policy.lifetime == nil)
        #expect(loaded.configuration.auth.schemes == [])
        #expect(loaded.source(of: "server.port") == loaded.file.map { .file($0) })
        #expect(loaded.source(of: "server.loops") == .default)
    }

    @Test func anEmptyObjectSetsNothing() throws {
        #expect(try Self.load("{}").configuration == Configuration())
        #expect(try Self.load("{ server: {}, sessions: { cookie: {} } }").configuration == Configuration())
    }

    @Test(arguments: [
        ("{ sever: { port: 1 } }", "sever", "server, tls, limits"),
        ("{ port: 1 }", "port", "server, tls"),
        ("{ server: { prot: 1 } }", "server.prot", "host, port, loops"),
        ("{ sessions: { cookie: { nam: 'a' } } }", "sessions.cookie.nam", "name, secure"),
        (
            "{ sessions: { cookie: { secure: { x: 1 } }, deep: { er: 1 } } }", "sessions.deep",
            "durable, lifetime, idleTimeout"
        ),
        ("{ 'server.port': 1 }", "server.port", "server, tls"), ("{ Server: {} }", "Server", "server"),
        ("{ '': 1 }", "", "server"), ("{ 'a\\nb': 1 }", "a\nb", "server"),
        ("{ server: { 'port.x': 1 } }", "server.port.x", "host, port"),
    ])
    func refusesUnknownKeysAtAnyDepth(text: String, key: String, allowed: String) throws {
        // In the row with two faults the names are taken in order: `cookie` before `deep`.
        let error = try Self.refusal(of: text.replacing("cookie: { secure: { x: 1 } }, ", with: ""))
        #expect(error.key == key)
        #expect(error.allowed.hasPrefix(allowed))
        #expect(error.value == nil)
    }

    @Test func doesNotShowWhatStandsAtAnUnknownKey() throws {
        let error = try Self.refusal(of: "{ mail: { password: 'hunter2' } }")
        #expect(error.key == "mail.password")
        #expect(!error.description.contains("hunter2"))
    }

    @Test(
        arguments: [
            ("{ server: { port: '5000' } }", "server.port", "\"5000\""),
            ("{ server: { port: true } }", "server.port", "true"),
            ("{ server: { port: null } }", "server.port", "null"),
            ("{ server: { port: 1.5 } }", "server.port", "1.5"),
            ("{ server: { port: [1] } }", "server.port", "[1]"),
            ("{ server: { port: {} } }", "server.port", "{…}"),
            ("{ server: { port: NaN } }", "server.port", "nan"),
            ("{ server: { port: 99999999999999999999 } }", "server.port", "1e+20"),
            ("{ server: { port: 65536 } }", "server.port", "65536"),
            ("{ server: { host: 1 } }", "server.host", "1"),
            ("{ log: { quiet: 0 } }", "log.quiet", "0"),
            ("{ log: { quiet: 'true' } }", "log.quiet", "\"true\""),
            ("{ log: { format: 'xml' } }", "log.format", "\"xml\""),
            ("{ auth: { schemes: 'session' } }", "auth.schemes", "\"session\""),
            ("{ auth: { schemes: ['session', 1] } }", "auth.schemes", "[\"session\", 1]"),
            ("{ auth: { schemes: ['none'] } }", "auth.schemes", "[\"none\"]"),
            ("{ server: 5 }", "server", "5"), ("{ sessions: { cookie: 'a' } }", "sessions.cookie", "\"a\""),
            ("{ data: { file: '\\u001b[2J\\n' } }", "server", ""),
        ].dropLast())
    func refusesValuesOfAnotherKind(text: String, key: String, value: String) throws {
        let error = try Self.refusal(of: text)
        #expect(error.key == key)
        #expect(error.value == value)
        #expect(!error.allowed.isEmpty)
    }

    @Test func aWholeNumberMayBeWrittenWithAPoint() throws {
        #expect(try Self.load("{ server: { port: 80.0 } }").configuration.server.port == 80)
    }

    @Test func showsHostileValuesWithoutControlCharacters() throws {
        let error = try Self.refusal(of: "{ server: { host: '\\u001b[2J\\nforged' } }")
        #expect(error.description.contains(#""\u001b[2J\nforged""#))
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test(arguments: [
        ("", "valid JSON5"), ("{", "valid JSON5"), ("{ server: { port: 1 }", "valid JSON5"),
        ("{ server { port: 1 } }", "valid JSON5"), ("{} x", "valid JSON5"), ("/* ", "valid JSON5"),
        ("[]", "not an object"), ("5", "not an object"), ("null", "not an object"),
        (String(repeating: "[", count: 100_000), "valid JSON5"),
        ("{}" + String(repeating: " ", count: 1 << 20), "longer than"),
    ])
    func refusesWhatIsNoJSON5Object(text: String, reason: String) throws {
        let file = try TemporaryFile(text)
        let error = try #require(throws: ConfigurationError.self) { try Self.load(path: file.path) }
        #expect(error.description.contains(file.path))
        #expect(error.allowed.contains(reason))
        #expect(error.source == .flag("--config"))
        #expect(!error.description.contains("\n"))
    }

    @Test func refusesOctetsThatAreNotUTF8() throws {
        let file = try TemporaryFile(Array("{ data: { file: '".utf8) + [0xff, 0xfe] + Array("' } }".utf8))
        #expect(throws: ConfigurationError.self) { try Self.load(path: file.path) }
    }

    @Test(arguments: [
        ("/nowhere/sessiond.json5", "No such file"), ("/", "directory"), ("", "cannot be read"),
        ("/nowhere/a\nb", "No such file"), ("/dev/zero", "is a pipe or a device"),
    ])
    func refusesAFileThatCannotBeRead(path: String, reason: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.load(path: path) }
        #expect(error.allowed.contains(reason))
        #expect(!error.description.contains("\n"))
    }

    @Test func theShippedFileIsTheTable() throws {
        let text = try String(contentsOfFile: Self.shipped("sessiond.json5"), encoding: .utf8)
        #expect(text == Configuration.documented(), "write it anew: sessiond.json5 does not show the table")
    }

    @Test func theShippedFileSetsEveryKeyToItsDefaultBelowAComment() throws {
        let loaded = try Self.load(path: Self.shipped("sessiond.json5"))
        #expect(loaded.configuration == Configuration())
        #expect(Setting.all.allSatisfy { loaded.source(of: $0.key) == loaded.file.map { .file($0) } })
        let lines = try Self.lines(of: "sessiond.json5")
        #expect(lines.count { $0.hasPrefix("// ") } == Setting.all.count + 2)
        #expect(lines.allSatisfy { $0.utf8.count <= 110 })
        try Self.expectACommentAboveEveryKey(lines)
    }

    @Test func theProductionFileExplainsEveryKeyAndIsFitForProduction() throws {
        let loaded = try Self.load(path: Self.shipped("production.json5"))
        #expect(relaxedSettings(of: loaded.configuration) == [])
        try Self.expectACommentAboveEveryKey(try Self.lines(of: "production.json5"))
    }

    @Test func whatIsShownReadsBackAsTheSame() throws {
        var environment = ["SESSIOND_SERVER_PORT": "81", "AUTH_TYPE": "none"]
        environment["SESSIOND_DATA_FILE"] = "/a \"b\" \u{1b}é" + String(repeating: "x", count: 300)
        let loaded = try loadConfiguration(environment: environment)
        let shown = loaded.shown()
        #expect(try Self.load(shown).configuration == loaded.configuration)
        #expect(shown.contains("port: 81,  // environment SESSIOND_SERVER_PORT; needs a restart\n"))
        #expect(shown.contains("filter: \"none\",  // environment AUTH_TYPE\n"))
        #expect(shown.contains("loops: 0,  // default; needs a restart\n"))
        #expect(!shown.contains("\u{1b}"))
    }

    private static func lines(of name: String) throws -> [Substring] {
        try String(contentsOfFile: shipped(name), encoding: .utf8).split(separator: "\n").map { line in
            line.drop { $0 == " " }
        }
    }

    private static func expectACommentAboveEveryKey(_ lines: [Substring]) throws {
        var keys = 0
        for (above, line) in zip(lines, lines.dropFirst()) {
            guard let colon = line.firstIndex(of: ":"), !line.hasPrefix("//"), !line.hasSuffix("{"),
                line[..<colon].allSatisfy(\.isLetter)
            else { continue }
            keys += 1
            #expect(above.hasPrefix("// "), "no comment above \(line)")
        }
        #expect(keys >= 10)
    }

    /// The decoder traps on such a name (found by `make fuzz`).
    /// The decoder traps on these, which would end a running server that is told to read its file again.
    @Test(arguments: [
        "0x0x", "0x0x1", "+0x0x", "-0X1x", "0x1e+", "0xfE-", "0x0.e+1", "0x00.0e+", "0xg", "0x1.", "0x1+",
        "0x1-1", "0x1234567890abcdef", "0x7777777777777777777777777777",
    ])
    func refusesAMalformedHexadecimalNumber(number: String) throws {
        for text in ["{ server: { port: \(number) } }", "{ server: { port: /* */\(number)"] {
            #expect(try Self.refusal(of: text).allowed.contains("hexadecimal"))
        }
    }

    @Test(arguments: ["0x000000000001388", "0x1388", "0X1388", "+0x1388", "0x1388 // 0x1388, 0xff: 0x0"])
    func takesAHexadecimalNumber(number: String) throws {
        #expect(try Self.load("{ server: { port: \(number)\n } }").configuration.server.port == 5_000)
    }

    @Test func refusesANameWithoutQuotesThatIsNotUTF8() throws {
        let name = [UInt8](repeating: 0xfa, count: 90)
        let file = try Self.TemporaryFile(Array("{h".utf8) + name + Array(": 1}".utf8))
        let error = try #require(throws: ConfigurationError.self) { try Self.load(path: file.path) }
        #expect(error.description.contains("is not UTF-8"))
    }
}
