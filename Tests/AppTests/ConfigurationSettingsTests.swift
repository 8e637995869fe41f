import Auth
import HTTP
import Testing

@testable import App

@Suite struct ConfigurationSettingsTests {
    /// Key, least, most: as documented, independent of the table.
    static let integers: [(String, Int, Int)] =
        [
            ("server.port", 0, 65_535), ("server.loops", 0, 256), ("server.drainTimeout", 0, 3_600),
            ("tls.port", 0, 65_535), ("tls.hsts", 0, 3_155_760_000), ("tls.ticketLifetime", 1, 604_800),
            ("limits.requestLine", 256, 65_536), ("limits.fieldBytes", 1_024, 262_144),
            ("limits.fieldCount", 8, 1_000), ("limits.body", 1_024, 16_777_216),
            ("connections.total", 1, 10_000_000),
            ("connections.perAddress", 1, 10_000_000),
            ("connections.requests", 1, 1_000_000_000),
            ("timeouts.head", 1, 3_600),
            ("timeouts.body", 1, 3_600),
            ("timeouts.bodyRate", 0, 1_000_000_000),
            ("timeouts.idle", 1, 86_400),
            ("timeouts.idleUnderPressure", 1, 86_400),
            ("timeouts.handling", 1, 3_600),
            ("timeouts.writeStall", 1, 3_600),
            ("sessions.lifetime", .min, 3_155_760_000), ("sessions.idleTimeout", 0, 3_155_760_000),
            ("sessions.remembered.lifetime", 1, 3_155_760_000),
            ("sessions.remembered.idleTimeout", 0, 3_155_760_000), ("sessions.perUser", 1, 1_000),
            ("auth.basicCache.lifetime", 0, 3_600), ("auth.basicCache.capacity", 16, 1_000_000),
            ("digest.nonceLifetime", 1, 86_400),
            ("apiKeys.perUser", 1, 10_000), ("appPasswords.perUser", 1, 100),
            ("sessions.reauthenticateAfter", 0, 3_155_760_000), ("passwords.minLength", 1, 256),
            ("passwords.hashMemoryKiB", 8, 4_194_304), ("passwords.hashIterations", 1, 64),
            ("passwords.workers", 0, 256), ("passwords.queue", 1, 100_000),
            ("passwords.memoryBudgetMiB", 0, 4_194_304),
            ("reset.tokenLifetime", 60, 86_400),
            ("tokens.refreshGrace", 0, 300), ("tokens.lifetime", 30, 3_600),
            ("tokens.rotation.interval", 0, 3_155_760_000), ("tokens.rotation.lead", 0, 86_400),
            ("rateLimits.account.longestDelay", 1, 86_400),
        ]
        + ["account", "source", "requests", "resets", "global"].flatMap {
            [("rateLimits.\($0).burst", 1, 1_000_000_000), ("rateLimits.\($0).perHour", 1, 3_600_000)]
        }

    @Test(arguments: integers)
    func takesBothBoundsAndNothingBeyond(key: String, least: Int, most: Int) throws {
        let setting = try #require(Setting.named(key))
        for number in [least, most] {
            #expect(try value(of: setting, from: "\(number)") == .integer(number))
        }
        var beyond = [
            "\(most + 1)", "", " 1", "1 ", "1.5", "1e1", "0x10", "one", "true", "99999999999999999999",
        ]
        if least > .min { beyond.append("\(least - 1)") }
        for text in beyond { try refuses(setting, text) }
    }

    @Test func theTableAboveHasEveryInteger() {
        #expect(Set(Self.integers.map(\.0)) == Set(Setting.all.filter { $0.form == .integer }.map(\.key)))
    }

    @Test(arguments: [
        "sessions.durable", "registration.open", "registration.firstUserIsAdmin", "login.uniformErrors",
        "passwords.refuseCommon", "log.quiet", "rateLimits.enabled",
        "digest.allowMD5",
    ])
    func takesTrueAndFalseOnly(key: String) throws {
        let setting = try #require(Setting.named(key))
        #expect(try value(of: setting, from: "true") == .bool(true))
        #expect(try value(of: setting, from: "false") == .bool(false))
        for text in ["", "1", "0", "yes", "TRUE", " true"] { try refuses(setting, text) }
    }

    @Test(arguments: [
        ("server.replyPath", ["fast", "library"]), ("auth.filter", ["schemes", "none"]),
        ("proxies.fields", ["x-forwarded", "forwarded"]), ("sessions.cookie.secure", ["auto", "always"]),
        ("access.users", ["self", "authenticated"]),
        ("reset.delivery", ["response", "off"]),
        ("tokens.algorithm", ["EdDSA", "ES256", "RS256"]),
        ("tokens.verification", ["checked", "stateless"]),
        ("mail.security", ["starttls", "none"]), ("log.format", ["auto", "text", "json"]),
    ])
    func takesItsWordsOnly(key: String, words: [String]) throws {
        let setting = try #require(Setting.named(key))
        for word in words { #expect(try value(of: setting, from: word) == .string(word)) }
        for text in ["", "x", words[0] + " ", words[0].uppercased()] { try refuses(setting, text) }
    }

    @Test(arguments: [
        "*", "127.0.0.1", "0.0.0.0", "::", "::1", "2001:db8::1", "fe80::1%eth0", "localhost",
        "a-b.example.org",
        String(repeating: "a", count: 63) + ".org",
    ])
    func listensOn(host: String) throws {
        #expect(try value(of: try #require(Setting.named("server.host")), from: host) == .string(host))
    }

    @Test(arguments: [
        "", " ", "a b", "[::1]", "::1::", "1:2", "fe80::1%", "256.0.0.1", "127.1", "http://a", "a..b", "-a",
        "a-",
        "*.example.org", "a\n", "é.org", String(repeating: "a", count: 64) + ".org",
        Array(repeating: "abcdefg", count: 32).joined(separator: "."),
    ])
    func doesNotListenOn(host: String) throws {
        try refuses(try #require(Setting.named("server.host")), host)
    }

    @Test(arguments: ["tokens.issuer", "tokens.audience"])
    func issuersAndAudiencesAreShortTexts(key: String) throws {
        let setting = try #require(Setting.named(key))
        let longest = String(repeating: "a", count: 256)
        for text in ["a", "https://id.example.org/", "é", longest] {
            #expect(try value(of: setting, from: text) == .string(text))
        }
        for text in ["", "a\n", "\u{7f}", longest + "a"] { try refuses(setting, text) }
    }

    @Test func cookieNamesAreTokens() throws {
        let setting = try #require(Setting.named("sessions.cookie.name"))
        let longest = String(repeating: "a", count: 64)
        for name in ["s", "session_id", "!#$%&'*+-.^_`|~09azAZ", longest] {
            #expect(try value(of: setting, from: name) == .string(name))
        }
        for name in ["", "a b", "a;b", "a=b", "a,b", "\"a\"", "é", "a\r\nX: y", longest + "a"] {
            try refuses(setting, name)
        }
    }

    @Test(arguments: ["__Host-s", "__host-s", "__Secure-s", "__SECURE-s"])
    func cookiePrefixesDemandSecure(name: String) throws {
        let environment = ["SESSIOND_SESSIONS_COOKIE_NAME": name]
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: environment)
        }
        #expect(error.key == "sessions.cookie.name")
        #expect(error.source == .environment("SESSIOND_SESSIONS_COOKIE_NAME"))
        let secure = environment.merging(["SESSIOND_SESSIONS_COOKIE_SECURE": "always"]) { $1 }
        #expect(try loadConfiguration(environment: secure).configuration.sessions.cookie.name == name)
    }

    @Test(arguments: ["device", "Device", "__Host-device"])
    func theNameOfTheDeviceCookieIsTaken(name: String) throws {
        let environment = [
            "SESSIOND_SESSIONS_COOKIE_NAME": name, "SESSIOND_SESSIONS_COOKIE_SECURE": "always",
        ]
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: environment)
        }
        #expect(error.key == "sessions.cookie.name")
    }

    @Test func rateLimitsReachAuthAsTheyAreSet() throws {
        #expect(Configuration().rateLimits.policy == RateLimitPolicy())
        let off = try loadConfiguration(environment: ["SESSIOND_RATE_LIMITS_ENABLED": "false"])
        #expect(off.configuration.rateLimits.policy == nil)
        let some = try loadConfiguration(environment: [
            "SESSIOND_RATE_LIMITS_ACCOUNT_BURST": "7", "SESSIOND_RATE_LIMITS_ACCOUNT_PER_HOUR": "8",
            "SESSIOND_RATE_LIMITS_ACCOUNT_LONGEST_DELAY": "9", "SESSIOND_RATE_LIMITS_GLOBAL_BURST": "10",
        ])
        let policy = try #require(some.configuration.rateLimits.policy)
        #expect(policy.account == Allowance(burst: 7, perHour: 8, longestDelay: .seconds(9)))
        #expect(policy.global == Allowance(burst: 10, perHour: 180_000))
    }

    @Test func theMemoryBudgetHoldsOneHash() throws {
        func budget(_ mebibytes: String, hash: String) throws -> Int {
            try loadConfiguration(environment: [
                "SESSIOND_PASSWORDS_MEMORY_BUDGET_MIB": mebibytes, "SESSIOND_PASSWORDS_HASH_MEMORY_KIB": hash,
            ]).configuration.passwords.memoryBudgetKiB(threads: 3)
        }
        #expect(try budget("19", hash: "19456") == 19_456)
        #expect(try budget("100", hash: "19456") == 102_400)
        // Worked out: what three workers need, or 128 MiB.
        #expect(try budget("0", hash: "19456") == 131_072)
        #expect(try budget("0", hash: "50000") == 150_000)
        for (mebibytes, hash) in [("19", "19457"), ("1", "19456")] {
            let error = try #require(throws: ConfigurationError.self) { try budget(mebibytes, hash: hash) }
            #expect(error.key == "passwords.memoryBudgetMiB" && error.value == mebibytes)
            #expect(error.allowed.contains(hash))
        }
    }

    @Test(arguments: ["TLS_CERTIFICATE", "TLS_KEY"])
    func certificateAndKeyGoTogether(name: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: ["SESSIOND_" + name: "./file.pem"])
        }
        #expect(error.key == "tls.key")
        let both = ["SESSIOND_TLS_CERTIFICATE": "./c.pem", "SESSIOND_TLS_KEY": "./k.pem"]
        #expect(try loadConfiguration(environment: both).configuration.tls.isOn)
        #expect(try !loadConfiguration(environment: [:]).configuration.tls.isOn)
    }

    @Test func theSecondCertificateNeedsItsKeyAndTheFirst() throws {
        let first = ["SESSIOND_TLS_CERTIFICATE": "./c.pem", "SESSIOND_TLS_KEY": "./k.pem"]
        let second = [
            "SESSIOND_TLS_ALTERNATE_CERTIFICATE": "./c2.pem", "SESSIOND_TLS_ALTERNATE_KEY": "./k2.pem",
        ]
        for (name, path) in second {
            let error = try #require(throws: ConfigurationError.self) {
                try loadConfiguration(environment: first.merging([name: path]) { $1 })
            }
            #expect(error.key == "tls.alternateKey")
        }
        let error = try #require(throws: ConfigurationError.self) {
            try loadConfiguration(environment: second)
        }
        #expect(error.key == "tls.alternateCertificate")
        let both = try loadConfiguration(environment: first.merging(second) { $1 }).configuration.tls
        #expect([both.alternateCertificate, both.alternateKey] == ["./c2.pem", "./k2.pem"])
    }

    @Test(arguments: ["tls.certificate", "tls.key", "tls.alternateCertificate", "tls.alternateKey"])
    func pemFilesArePathsOrNothing(key: String) throws {
        let setting = try #require(Setting.named(key))
        for path in ["", "a b", "/etc/ssl/x.pem"] {
            var configuration = Configuration()
            #expect(setting.read(.string(path), &configuration))
            #expect(setting.show(configuration) == .string(path))
        }
        try refuses(setting, "a\0b")
    }

    @Test func dataFileIsAPath() throws {
        let setting = try #require(Setting.named("data.file"))
        for path in ["/var/lib/sessiond/sessiond.db", "a b", "./:memory:"] {
            #expect(try value(of: setting, from: path) == .string(path))
        }
        for path in ["", ":memory:", "a\0b"] { try refuses(setting, path) }
    }

    @Test func schemesAreKnownAndDifferent() throws {
        let setting = try #require(Setting.named("auth.schemes"))
        #expect(try value(of: setting, from: "") == .list([]))
        #expect(
            try value(of: setting, from: "basic, session") == .list([.string("basic"), .string("session")]))
        for text in ["none", "session,session", "session,", ",", "Basic", "session basic"] {
            try refuses(setting, text)
        }
    }

    @Test func openPathsOfTheContractAreTheDefault() throws {
        let paths = Configuration().auth.openPaths
        #expect(
            paths.map(\.description) == [
                "/", "/livez", "/readyz", "/openapi.json", "/api/v1/status", "/api/v1/unauthorized",
                "/api/v1/forbidden",
                "/api/v1/auth_session/login", "/api/v1/auth_session/token", "/.well-known/jwks.json",
                "POST /users", "POST /sessions", "POST|PUT /reset_password",
            ])
        let last = try #require(paths.last)
        #expect(last.methods == [.post, .put] && last.path == "/reset_password" && !last.isPrefix)
    }

    @Test func readsOpenPaths() throws {
        let setting = try #require(Setting.named("auth.openPaths"))
        for (text, shown) in [
            ("/a*", "/a*"), ("/a/", "/a"), ("/", "/"), ("/*", "/*"), ("GET /a/*", "GET /a/*"),
        ] {
            #expect(try value(of: setting, from: text) == .list([.string(shown)]))
        }
        let prefix = try #require(OpenPath("/static/*"))
        #expect(prefix.path == "/static/" && prefix.isPrefix && prefix.methods.isEmpty)
        for text in [
            "a", "*", "/a*b", "/a**", "/a?b", "/a#", "/%61", "/a//b", "//", "/./a", "/a/..", "/a/../b",
            "/a b",
            "GET", "GET ", " /a ,", "GET  /a", "get /a", "GET|GET /a", "GET| /a", "FETCH /a", "/a\t", "/é",
            "/a,/a/",
            "/a\\b",
        ] {
            try refuses(setting, text)
        }
    }

    @Test func originsAreExact() throws {
        let setting = try #require(Setting.named("cors.origins"))
        #expect(try value(of: setting, from: "") == .list([]))
        #expect(
            try value(of: setting, from: "https://App.example:443, http://localhost:3000")
                == .list([.string("https://app.example"), .string("http://localhost:3000")]))
        for text in [
            "*", "null", "app.example", "https://*.example", "https://app.example/", "https://u@app.example",
            "https://",
            "https://a,https://a:443", "https://a,", "ftp://a", "https://a https://b",
        ] { try refuses(setting, text) }
    }

    @Test func wordsHaveThreeTo64OctetsAndNoSpace() throws {
        let setting = try #require(Setting.named("passwords.words"))
        let longest = String(repeating: "a", count: 64)
        #expect(try value(of: setting, from: "") == .list([]))
        #expect(
            try value(of: setting, from: "abc, \(longest)") == .list([.string("abc"), .string(longest)]))
        for text in ["ab", longest + "a", "two words", "acme,acme", "acm\te"] { try refuses(setting, text) }
    }

    @Test func auditGoesToTheLogAFileOrNowhere() throws {
        let setting = try #require(Setting.named("log.audit"))
        for text in ["stderr", "off", "./audit.log", "/var/log/sessiond/audit.log"] {
            #expect(try value(of: setting, from: text) == .string(text))
        }
        for text in ["", "stdout", "audit.log", "OFF", "on", "/a\0b"] { try refuses(setting, text) }
    }

    @Test func variablesAreNamedAfterKeys() throws {
        for (key, variable) in [
            ("server.port", "SESSIOND_SERVER_PORT"), ("passwords.minLength", "SESSIOND_PASSWORDS_MIN_LENGTH"),
            ("sessions.cookie.name", "SESSIOND_SESSIONS_COOKIE_NAME"),
            ("passwords.hashMemoryKiB", "SESSIOND_PASSWORDS_HASH_MEMORY_KIB"),
            ("passwords.memoryBudgetMiB", "SESSIOND_PASSWORDS_MEMORY_BUDGET_MIB"),
            ("registration.firstUserIsAdmin", "SESSIOND_REGISTRATION_FIRST_USER_IS_ADMIN"),
        ] {
            #expect(try #require(Setting.named(key)).variable == variable)
        }
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
    }

    @Test func withNothingSetEverythingIsAtItsDefault() throws {
        let loaded = try loadConfiguration(environment: ["PATH": "/bin", "API_KEY": "x"])
        #expect(loaded.configuration == Configuration())
        #expect(loaded.file == nil)
        #expect(Setting.all.allSatisfy { loaded.source(of: $0.key) == .default })
    }

    /// The value that a setting has after its variable was set.
    private func value(of setting: Setting, from text: String) throws -> ConfigurationValue {
        let loaded = try loadConfiguration(environment: [setting.variable: text])
        #expect(loaded.source(of: setting.key) == .environment(setting.variable))
        return setting.show(loaded.configuration)
    }

    /// Refused in one line that names key, value, what is allowed and who set it.
    private func refuses(_ setting: Setting, _ text: String) throws {
        let error = try #require(throws: ConfigurationError.self, "\(setting.key) took \(text)") {
            try loadConfiguration(environment: [setting.variable: text])
        }
        #expect(error.key == setting.key)
        #expect(error.value == setting.value(of: text).text())
        #expect(error.allowed == setting.allowed)
        #expect(error.source == .environment(setting.variable))
        #expect(!error.description.contains("\n"))
        for part in [setting.key, setting.value(of: text).text(), setting.allowed, setting.variable] {
            #expect(error.description.contains(part))
        }
    }
}
