import Auth
import FoundationEssentials
import Mail
import TestSupport
import Testing

@testable import App

@Suite struct ConfigurationMailTests {
    private static let least = [
        "SESSIOND_RESET_DELIVERY": "mail", "SESSIOND_MAIL_SERVER": "smtp://mail.example.org:587",
        "SESSIOND_MAIL_FROM": "no-reply@example.org",
    ]

    private func load(_ change: [String: String] = [:]) throws -> Configuration {
        try loadConfiguration(environment: Self.least.merging(change) { $1 }).configuration
    }

    @Test(arguments: [
        ("SESSIOND_MAIL_SERVER", "mail.server"), ("SESSIOND_MAIL_FROM", "mail.from"),
    ])
    func mailNeedsAServerAndASender(variable: String, key: String) throws {
        #expect(try load().reset.delivery == .mail)
        let error = try #require(throws: ConfigurationError.self) { try load([variable: ""]) }
        #expect(error.key == key)
        #expect(try load([variable: "", "SESSIOND_RESET_DELIVERY": "off"]).reset.delivery == .off)
    }

    @Test func userAndPasswordGoTogether() throws {
        for change in [["SESSIOND_MAIL_USER": "ada"], ["SESSIOND_MAIL_PASSWORD_FILE": "./password"]] {
            let error = try #require(throws: ConfigurationError.self) { try load(change) }
            #expect(error.key == "mail.passwordFile")
        }
    }

    @Test func thereIsNoVariableForThePasswordItself() {
        #expect(throws: ConfigurationError.self) { try load(["SESSIOND_MAIL_PASSWORD": "hunter2"]) }
    }

    @Test func thePasswordIsTheFirstLineOfItsFile() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("password")
        let settings = ["SESSIOND_MAIL_USER": "ada", "SESSIOND_MAIL_PASSWORD_FILE": file]
        for text in ["hünter 2\n", "hünter 2", "hünter 2\r\nmore"] {
            try Data(text.utf8).write(to: URL(filePath: file))
            let mail = try #require(try load(settings).makeMail())
            #expect(mail.server.password == "hünter 2" && mail.server.user == "ada")
        }
        for text in ["", "\nhunter2"] {
            try Data(text.utf8).write(to: URL(filePath: file))
            let error = try #require(throws: ConfigurationError.self) { try load(settings).makeMail() }
            #expect(error.key == "mail.passwordFile" && !error.description.contains("hunter2"))
        }
    }

    @Test func aFileInTheFolderReplacesItsText() throws {
        let folder = try TemporaryFolder()
        try Data("Subject: Zurücksetzen\n\n{link}\n".utf8).write(to: URL(filePath: folder.file("reset.txt")))
        let settings = [
            "SESSIOND_MAIL_TEMPLATES": folder.path, "SESSIOND_RESET_LINK": "https://x/?t={token}",
        ]
        let mail = try #require(try load(settings).makeMail())
        #expect(mail.texts[.reset]?.subject == "Zurücksetzen")
        #expect(mail.texts[.reset]?.body(with: ["link": "L"]) == "L\n")
        #expect(mail.texts[.passwordNotice]?.subject == "Your password was changed")
        try Data("no subject".utf8).write(to: URL(filePath: folder.file("reset.txt")))
        let error = try #require(throws: ConfigurationError.self) { try load(settings).makeMail() }
        #expect(error.key == "mail.templates")
    }

    @Test(arguments: MailKind.allCases, [true, false])
    func theBuiltInTextsHavePlacesForTheirToken(kind: MailKind, hasLink: Bool) throws {
        let text = MailTexts.builtIn(kind, hasLink: hasLink)
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        let carriesToken = [.reset, .emailConfirmation].contains(kind)
        #expect(text.contains("{token}") == (carriesToken && !hasLink))
        #expect(text.contains("{link}") == (carriesToken && hasLink))
    }

    @Test(arguments: [
        ("mail.server", ["mail.example.org", "smtp://a/b", "smtp://u:p@a"]),
        ("mail.from", ["nobody", "Ada <ada@example.org>", "a@b\nc"]),
        ("reset.link", ["https://x", "x?{token}", "https://x/?{token} ", "ftp://x/{token}"]),
        ("mail.confirmationLink", ["https://x", "javascript:{token}"]), ("mail.user", ["a\nb"]),
        ("mail.passwordFile", ["a\0b"]), ("mail.authorities", ["a\0b"]), ("mail.templates", ["a\0b"]),
        ("mail.security", ["tls", ""]),
    ])
    func refuses(key: String, values: [String]) throws {
        let setting = try #require(Setting.named(key))
        for value in values {
            var configuration = Configuration()
            #expect(!setting.read(.string(value), &configuration), "\(key) took \(value)")
        }
    }

    @Test func plainTextToAnotherMachineIsRelaxed() throws {
        func keys(_ server: String, _ security: String = "none") throws -> Set<String> {
            let settings = ["SESSIOND_MAIL_SERVER": server, "SESSIOND_MAIL_SECURITY": security]
            return Set(relaxedSettings(of: try load(settings)).map(\.key))
        }
        #expect(try keys("smtp://mail.example.org").contains("mail.security"))
        for server in ["smtps://mail.example.org", "smtp://localhost", "smtp://[::1]:25", "smtp://127.0.0.1"]
        {
            #expect(try !keys(server).contains("mail.security"))
        }
        #expect(try !keys("smtp://mail.example.org", "starttls").contains("mail.security"))
        #expect(try !keys("smtp://mail.example.org").contains("reset.delivery"))
    }
}
