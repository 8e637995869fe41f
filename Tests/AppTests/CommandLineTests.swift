import Auth
import Testing

@testable import App

@Suite struct CommandLineTests {
    private static func flags(
        file: String? = nil, _ values: (String, String, String)...
    ) -> ConfigurationFlags {
        var flags = ConfigurationFlags()
        flags.file = file
        flags.assignments = values.map { .init(key: $0.0, text: $0.1, flag: $0.2) }
        return flags
    }

    private func refusal(_ arguments: [String]) throws -> String {
        let error = try #require(throws: CommandLineError.self, "took \(arguments)") {
            try Command.parse(arguments)
        }
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(CommandLineError.exitCode == 2)
        return error.description
    }

    @Test func servesByDefault() throws {
        #expect(try Command.parse([]) == .serve(ConfigurationFlags()))
        #expect(try Command.parse(["serve"]) == .serve(ConfigurationFlags()))
        #expect(try Command.parse(["--"]) == .serve(ConfigurationFlags()))
    }

    @Test(arguments: [[], ["serve"]])
    func takesEveryFlagOfServe(command: [String]) throws {
        let arguments = [
            "--host", "::1", "--port=81", "--data", "a.db", "--config", "c.json5", "--loops", "2",
            "--log-format",
            "json", "--quiet", "--no-rate-limit",
        ]
        #expect(
            try Command.parse(command + arguments)
                == .serve(
                    Self.flags(
                        file: "c.json5", ("server.host", "::1", "--host"), ("server.port", "81", "--port"),
                        ("data.file", "a.db", "--data"), ("server.loops", "2", "--loops"),
                        ("log.format", "json", "--log-format"), ("log.quiet", "true", "--quiet"),
                        ("rateLimits.enabled", "false", "--no-rate-limit"))))
    }

    @Test func flagsReachTheConfiguration() throws {
        guard case .serve(let flags) = try Command.parse(["--port", "0", "--log-format", "json", "--quiet"])
        else {
            Issue.record("no serve")
            return
        }
        let configuration = try loadConfiguration(flags: flags, environment: [:]).configuration
        #expect(configuration.server.port == 0)
        #expect(configuration.log.format == .json && configuration.log.quiet)
        for option in CommandOption.allCases {
            if let key = option.settingKey { #expect(Setting.named(key) != nil) }
        }
    }

    @Test func readsUserCommands() throws {
        let email = try #require(EmailAddress("bob@example.org"))
        let none = ConfigurationFlags()
        #expect(
            try Command.parse(["user", "add", "bob@example.org"])
                == .user(.add(email: email, firstName: nil, lastName: nil, isAdministrator: false), none))
        #expect(
            try Command.parse([
                "user", "add", "--admin", "--first-name", "Bob", "bob@example.org", "--last-name=", "--data",
                "x.db",
            ])
                == .user(
                    .add(email: email, firstName: "Bob", lastName: "", isAdministrator: true),
                    Self.flags(("data.file", "x.db", "--data"))))
        #expect(try Command.parse(["user", "list"]) == .user(.list(json: false), none))
        #expect(
            try Command.parse(["user", "list", "--json", "--config=c"])
                == .user(.list(json: true), Self.flags(file: "c")))
        #expect(
            try Command.parse(["user", "import", "a.csv"])
                == .importUsers(file: "a.csv", isTrial: false, none))
        #expect(
            try Command.parse(["user", "import", "-", "--dry-run", "--config=c"])
                == .importUsers(file: "-", isTrial: true, Self.flags(file: "c")))
        #expect(
            try Command.parse(["user", "delete", "bob@example.org"]) == .user(.delete(email: email), none))
        #expect(
            try Command.parse(["user", "set-password", "bob@example.org"])
                == .user(.setPassword(email: email), none))
        #expect(
            try Command.parse(["user", "set-admin", "bob@example.org"])
                == .user(.setAdministrator(email: email, true), none))
        #expect(
            try Command.parse(["user", "set-admin", "bob@example.org", "--off"])
                == .user(.setAdministrator(email: email, false), none))
    }

    @Test func readsConfigCommands() throws {
        #expect(
            try Command.parse(["config", "check"]) == .config(.check(production: false), ConfigurationFlags())
        )
        #expect(
            try Command.parse(["config", "check", "--production", "--config", "c"])
                == .config(.check(production: true), Self.flags(file: "c")))
        #expect(
            try Command.parse(["config", "show", "--port", "1"])
                == .config(.show, Self.flags(("server.port", "1", "--port"))))
    }

    @Test func readsHashCommands() throws {
        #expect(
            try Command.parse(["hash", "calibrate"]) == .hash(.calibrate(milliseconds: 50, memoryMiB: 64)))
        for (milliseconds, memory) in [(1, 7), (10_000, 4_096)] {
            #expect(
                try Command.parse([
                    "hash", "calibrate", "--milliseconds", "\(milliseconds)", "--memory=\(memory)",
                ]) == .hash(.calibrate(milliseconds: milliseconds, memoryMiB: memory)))
        }
    }

    @Test(
        arguments: [
            (["--help"], .help(.overview)), (["-h"], .help(.overview)), (["help"], .help(.overview)),
            (["serve", "--help"], .help(.serve)), (["help", "serve"], .help(.serve)),
            (["user", "--help"], .help(.user)),
            (["user", "add", "-h"], .help(.user)), (["help", "user"], .help(.user)),
            (["config", "--help"], .help(.config)), (["config", "show", "--help"], .help(.config)),
            (["hash", "--help"], .help(.hash)), (["help", "hash"], .help(.hash)),
            (["help", "config"], .help(.config)), (["--version"], .version), (["version"], .version),
            (["serve", "--version"], .version), (["user", "--version"], .version),
        ] as [([String], Command)])
    func helpsAndTellsItsVersion(arguments: [String], command: Command) throws {
        #expect(try Command.parse(arguments) == command)
    }

    @Test func helpFitsOnAScreen() {
        for topic in HelpTopic.allCases {
            let lines = topic.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 25 && lines.allSatisfy { $0.count <= 85 })
            #expect(topic.text.hasSuffix("\n") && topic.text.contains("sessiond"))
        }
        let all = HelpTopic.allCases.map(\.text).joined()
        for option in CommandOption.allCases where option != .help {
            #expect(all.contains("--" + option.rawValue))
        }
    }

    @Test(
        arguments: [
            (["run"], "\"run\""), (["--prot", "1"], "\"--prot\""), (["-x"], "\"-x\""),
            (["--port"], "--port needs"),
            (["--quiet=yes"], "--quiet takes no argument"), (["serve", "now"], "\"now\""),
            (["--port", "1", "user"], "\"user\""), (["--admin"], "\"--admin\""), (["user"], "set-password"),
            (["user", "--data", "x"], "set-password"), (["user", "ad"], "set-password"),
            (["user", "add"], "user add needs an EMAIL"),
            (["user", "import"], "user import needs one FILE"), (["user", "import", ""], "needs one FILE"),
            (["user", "import", "a", "b"], "needs one FILE"),
            (["user", "list", "--dry-run"], "\"--dry-run\""),
            (["user", "add", "bob"], "\"bob\" is not an email"),
            (["user", "list", "x"], "options only"), (["user", "list", "--admin"], "\"--admin\""),
            (["user", "delete", "a@b", "--off"], "\"--off\""), (["config"], "check, show"),
            (["config", "show", "--production"], "\"--production\""),
            (["config", "check", "x"], "options only"),
            (["hash"], "calibrate"), (["hash", "x"], "calibrate"),
            (["hash", "calibrate", "x"], "options only"),
            (["hash", "calibrate", "--data", "x"], "\"--data\""),
            (["hash", "calibrate", "--memory", "6"], "\"6\""),
            (["hash", "calibrate", "--memory", "4097"], "7 to 4096"),
            (["hash", "calibrate", "--milliseconds=0"], "1 to 10000"),
            (["hash", "calibrate", "--milliseconds=10001"], "10001"),
            (["hash", "calibrate", "--milliseconds", "\u{1b}"], "\\u001b"),
            (["help", "me"], "\"me\""), (["version", "1"], "\"version\""), (["\u{1b}[2J\n"], "\\u001b[2J\\n"),
            (["user", "add", "\u{1b}"], "\\u001b"), (["--\u{1b}"], "\\u001b"),
        ] as [([String], String)])
    func refusesWithOneLine(arguments: [String], part: String) throws {
        #expect(try refusal(arguments).contains(part))
    }

    @Test func doesNotRepeatWhatMayBeAPassword() throws {
        for arguments in [
            ["user", "set-password", "bob@example.org", "hunter2"],
            ["user", "add", "bob@example.org", "hunter2"],
            ["user", "add", "bob@example.org", "--password=hunter2"], ["user", "list", "hunter2"],
            ["user", "set-password", "bob@example.org", "--password", "hunter2"],
        ] {
            #expect(!(try refusal(arguments)).contains("hunter2"))
        }
    }

    @Test func theLastOfTwoWins() throws {
        guard
            case .serve(let flags) = try Command.parse([
                "--port", "1", "--config=a", "--port=2", "--config=b",
            ])
        else {
            Issue.record("no serve")
            return
        }
        #expect(flags.file == "b")
        #expect(
            try OptionParser.parse(["--port", "1", "--port", "2"], accepting: [.port]).argument(of: .port)
                == "2")
    }

    @Test func operandsMayLookLikeOptionsAfterTwoDashes() throws {
        let parsed = try OptionParser.parse(["a", "--off", "--", "--off", "-h"], accepting: [.off])
        #expect(parsed.operands == ["a", "--off", "-h"])
        #expect(parsed.options == [.init(option: .off, argument: nil)])
    }

    @Test func parsesOnManyThreadsAtOnce() async throws {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let arguments = ["--port", "\(number)", "--quiet", "--host=h\(number)"]
                    do {
                        return try Command.parse(arguments)
                            == .serve(
                                Self.flags(
                                    ("server.port", "\(number)", "--port"), ("log.quiet", "true", "--quiet"),
                                    ("server.host", "h\(number)", "--host")))
                    } catch { return false }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
