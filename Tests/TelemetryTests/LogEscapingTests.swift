import FoundationEssentials
import Telemetry
import Testing

@Suite struct LogEscapingTests {
    /// What clients send to break a log.
    static let attacks = [
        "/x\n2026-11-20T05:00:00.123Z INFO forged", "\r\nforged", "\u{1b}[2J\u{1b}]0;owned\u{7}", "\u{9b}31m",
        #"","status":200,"admin":"true"#, #"\"#, #"a" b="c"#, "a status=200", "\u{2028}forged\u{2029}\u{85}",
        "\u{202e}txt.exe\u{2066}", "\0", "\u{7f}", "",
        String(decoding: [0x61, 0xff, 0xc0, 0x80, 0xf5], as: UTF8.self),
        "\u{e0001}", "=",
    ]

    @Test(arguments: attacks)
    func keepsOneLineAndOneObject(attack: String) throws {
        var access = LoggerTests.access
        access.path = attack
        access.method = attack
        let lines = LogPipe.lines(.json) {
            $0.request(access)
            $0.log(.warning, attack, ["value": .string(attack)])
        }
        try #require(lines.count == 2)
        let request = try object(lines[0])
        #expect(request.count == 9)
        #expect(request["path"] == .text(attack))
        #expect(request["status"] == .number(200))
        let event = try object(lines[1])
        #expect(event.count == 4)
        #expect(event["value"] == .text(attack))
    }

    @Test(arguments: attacks)
    func keepsOneTextLineOfPrintableCharacters(attack: String) throws {
        var access = LoggerTests.access
        access.path = attack
        let lines = LogPipe.lines {
            $0.request(access)
            $0.log(.warning, "x", ["value": .string(attack), "last": 1])
        }
        try #require(lines.count == 2)
        for line in lines {
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
            #expect(!line.unicodeScalars.contains { (0x2028...0x202e).contains($0.value) })
            #expect(
                outsideQuotes(line).split(separator: " ").count { $0.contains("=") }
                    == (line == lines[0] ? 6 : 2))
        }
    }

    @Test func writesEscapesAsJSONDoes() {
        #expect(
            LogText.quoted("a\"\\\n\r\t\u{1b}\u{9b}é\u{e0001}") == #""a\"\\\n\r\t\u001b\u009bé\udb40\udc01""#)
    }

    @Test func quotesATextValueThatLooksLikeAField() {
        let values: KeyValuePairs<String, LogValue> = [
            "a": "b=c", "d": "e f", "g": "", "h": "i", "j=": #"""#,
        ]
        #expect(
            LogPipe.lines { $0.log(.info, "x", values) } == [
                #"2026-11-20T05:00:00.123Z INFO x a="b=c" d="e f" g="" h=i "j="="\"""#
            ])
    }

    @Test func cutsAtTwoHundredAndFiftySixOctets() {
        let whole = String(repeating: "a", count: 256)
        #expect(LogText.escaped(whole) == whole)
        #expect(LogText.escaped(whole + "a") == whole + "…")
        #expect(
            LogPipe.lines { $0.log(.info, "x", ["v": .string(whole + "b")]) } == [
                "2026-11-20T05:00:00.123Z INFO x v=\"\(whole)…\""
            ])
    }

    @Test func cutsBetweenCharacters() {
        let odd = "a" + String(repeating: "é", count: 128)
        #expect(LogText.escaped(odd) == "a" + String(repeating: "é", count: 127) + "…")
    }

    @Test func countsOctetsBeforeTheyAreEscaped() {
        #expect(LogText.escaped(String(repeating: "\u{1}", count: 256)).utf8.count == 256 * 6)
    }

    private enum Value: Decodable, Equatable {
        case text(String), number(Int)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            do { self = .number(try value.decode(Int.self)) } catch {
                self = .text(try value.decode(String.self))
            }
        }
    }

    private func object(_ line: String) throws -> [String: Value] {
        try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
    }

    /// The line with every quoted string, escapes honoured, replaced by `""`.
    private func outsideQuotes(_ line: String) -> String {
        var result = ""
        var isQuoted = false
        var isEscaped = false
        for character in line.unicodeScalars {
            if !isQuoted || character == "\"" && !isEscaped { result.unicodeScalars.append(character) }
            if character == "\"" && !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
        }
        return result
    }
}
