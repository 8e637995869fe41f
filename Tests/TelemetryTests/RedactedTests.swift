import Telemetry
import Testing

@Suite struct RedactedTests {
    private struct Settings {
        var name = "mail"
        var password = Redacted("hunter2")
    }

    @Test func printsNowhere() {
        let secret = Redacted("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        dump(Settings(), to: &dumped)
        let prints = [
            "\(secret)", secret.debugDescription, String(describing: secret), String(reflecting: secret),
            "\(Settings())", String(reflecting: Settings()), "\([secret])", "\(Optional(secret) as Any)",
            "\(["key": secret])", dumped,
        ]
        for text in prints {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("<redacted>"))
        }
    }

    @Test func givesTheSecretToWhomeverAsks() {
        #expect(Redacted("hunter2").secret == "hunter2")
        #expect(Redacted("a") == Redacted("a"))
        #expect(Redacted("a") != Redacted("b"))
    }
}
