import HTTP
import Testing

@testable import App

/// Settings about proxies and the Unix-domain socket.
struct ConfigurationProxiesTests {
    private func load(_ variable: String, _ text: String) throws -> Configuration {
        try loadConfiguration(environment: [variable: text]).configuration
    }

    @Test func nobodyIsTrustedByDefault() {
        #expect(Configuration().proxies.trusted == [] && Configuration().proxies.fields == .xForwarded)
        #expect(Configuration().server.socket == "" && Configuration().server.socketMode == "0660")
    }

    @Test func readsTrustedProxies() throws {
        let configuration = try load(
            "SESSIOND_PROXIES_TRUSTED", "127.0.0.1, ::1,10.0.0.0/8, 2001:db8::/32,unix")
        #expect(
            configuration.proxies.trusted.map(\.description) == [
                "127.0.0.1", "0:0:0:0:0:0:0:1", "10.0.0.0/8", "2001:db8:0:0:0:0:0:0/32", "unix",
            ])
        #expect(try load("SESSIOND_PROXIES_TRUSTED", "").proxies.trusted == [])
    }

    @Test(arguments: [
        "localhost", "10.0.0.1/8", "10.0.0.0/33", "*", "unix,unix", "UNIX", "::1,0:0:0:0:0:0:0:1",
        "127.0.0.1,",
        "127.0.0.1 ::1", "[::1]",
    ])
    func refusesWhatIsNoProxy(text: String) {
        #expect(throws: ConfigurationError.self) { try load("SESSIOND_PROXIES_TRUSTED", text) }
    }

    @Test func socketPathsFitIntoAnAddress() throws {
        let longest = "/" + String(repeating: "s", count: 106)
        #expect(try load("SESSIOND_SERVER_SOCKET", longest).server.socket == longest)
        #expect(throws: ConfigurationError.self) { try load("SESSIOND_SERVER_SOCKET", longest + "s") }
        #expect(throws: ConfigurationError.self) { try load("SESSIOND_SERVER_SOCKET", "a\0b") }
    }

    @Test func socketModesAreFourOctalDigits() throws {
        for (text, mode) in [("0000", UInt32(0)), ("0600", 0o600), ("0777", 0o777)] {
            #expect(try load("SESSIOND_SERVER_SOCKET_MODE", text).server.socketMode == text)
            #expect(socketMode(text) == mode)
        }
        for text in [
            "", "660", "00660", "0668", "1000", "1777", "rw--", "+660", "0o66", " 660", "-660", "é60",
        ] {
            #expect(throws: ConfigurationError.self) { try load("SESSIOND_SERVER_SOCKET_MODE", text) }
        }
    }
}
