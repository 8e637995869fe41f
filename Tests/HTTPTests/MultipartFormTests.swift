import Testing

@testable import HTTP

struct MultipartFormTests {
    private func fields(
        _ body: some Sequence<UInt8>, boundary: String? = "AaB03x", limits: FormLimits = FormLimits()
    ) throws(HTTPError) -> [Form.Field] {
        try MultipartForm(HostileOctets.embedded(body), boundary: boundary, limits: limits).fields()
    }

    private func field(_ name: String, _ value: String) -> String {
        "--AaB03x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    private func part(_ head: String, _ value: String = "v") -> String {
        "--AaB03x\r\n\(head)\r\n\r\n\(value)\r\n--AaB03x--\r\n"
    }

    private let disposition = "Content-Disposition: form-data; name=\"a\""
    private let end = "--AaB03x--\r\n"

    private func status(_ body: some Sequence<UInt8>, boundary: String? = "AaB03x") -> Status? {
        do {
            _ = try fields(body, boundary: boundary)
            return nil
        } catch { return error.status }
    }

    @Test func readsWhatClientsSend() throws {
        let browser = """
            ------WebKitFormBoundary7MA4YWxkTrZu0gW\r
            Content-Disposition: form-data; name="email"\r
            \r
            a@b.c\r
            ------WebKitFormBoundary7MA4YWxkTrZu0gW\r
            Content-Disposition: form-data; name="avatar"; filename="a\\"b.png"\r
            Content-Type: image/png\r
            \r
            \u{1}\r
            --not the boundary\r
            ------WebKitFormBoundary7MA4YWxkTrZu0gW\r
            content-disposition:form-data;name=password\r
            Content-Type: text/plain; charset=utf-8\r
            Content-Transfer-Encoding: 8bit\r
            \r
            b4l\r
            0u--é\r
            ------WebKitFormBoundary7MA4YWxkTrZu0gW--\r

            """
        let fields = try fields(browser.utf8, boundary: "----WebKitFormBoundary7MA4YWxkTrZu0gW")
        #expect(fields.map(\.name) == ["email", "password"])
        #expect(fields.map(\.value) == ["a@b.c", "b4l\r\n0u--é"])
    }

    /// RFC 2046 §5.1.1: what stands before the first and after the last boundary is ignored.
    @Test func ignoresPreambleAndEpilogue() throws {
        let body =
            "This is the preamble.\r\n --AaB03x\r\n\r\n\(field("a", "1"))--AaB03x-- \t\r\n--AaB03x\r\nepilogue"
        #expect(try fields(body.utf8) == [Form.Field(name: "a", value: "1")])
        #expect(try fields(("\r\n" + field("a", "1") + "--AaB03x--").utf8).count == 1)
    }

    @Test func toleratesPaddingBehindABoundary() throws {
        #expect(try fields("--AaB03x \t \r\n\(disposition)\r\n\r\nv\r\n--AaB03x--".utf8).first?.value == "v")
    }

    @Test func readsEmptyValuesAndEmptyForms() throws {
        #expect(try fields((field("a", "") + end).utf8) == [Form.Field(name: "a", value: "")])
        #expect(try fields((field("", "v") + end).utf8) == [Form.Field(name: "", value: "v")])
        #expect(try fields(end.utf8) == [])
    }

    @Test func keepsTheValueToTheOctet() throws {
        for value in [
            "\r\n", "\r", "\n", "-AaB03x", "x--AaB03x", "\n--AaB03x--", "\r\n--AaB03", "\r\n-",
            "\r\r\n--AaB03X", " v ",
            "\0", "%41+",
        ] {
            #expect(
                try fields((field("a", value) + end).utf8).first.map { Array($0.value.utf8) }
                    == Array(value.utf8))
        }
    }

    @Test(arguments: [
        (#""a\"b""#, "a\"b"), (#""a%22b""#, "a\"b"), (#""a%0D%0Ab""#, "a\r\nb"), (#""a\\b""#, #"a\b"#),
        (#""a\b""#, #"a\b"#),
        (#""a%41%""#, "a%41%"), (#""é""#, "é"), ("a%22", "a%22"), (#""a;b=c""#, "a;b=c"), (#""""#, ""),
    ])
    func unescapesNames(written: String, name: String) throws {
        let fields = try fields(part("Content-Disposition: form-data; name=\(written)").utf8)
        #expect(fields.first.map { Array($0.name.utf8) } == Array(name.utf8))
    }

    @Test(arguments: ["filename=\"\"", "filename=x", "filename*=UTF-8''x", "FileName=\"x\""])
    func skipsFiles(parameter: String) throws {
        #expect(try fields(part("\(disposition); \(parameter)", "\u{1}").utf8) == [])
    }

    @Test(arguments: [
        "", "x", "--AaB03x", "--AaB03x\r\n", "--AaB03", "--AaB03x-", "--AaB03x--x", "--AaB03x--\n",
        "--AaB03x\n", "--AaB03xy\r\n",
        "x--AaB03x--", "\n--AaB03x--", "--AaB03x\r\n--AaB03x--", "--AaB03x\r\n\r\nv\r\n--AaB03x--",
    ])
    func refusesABrokenFrame(body: String) {
        #expect(status(body.utf8) == .badRequest)
    }

    @Test func refusesAFormCutShortAnywhere() {
        let body = Array((field("a", "1") + field("b", "2") + "--AaB03x--").utf8)
        for length in 0..<body.count {
            #expect(status(body.prefix(length)) == .badRequest, "\(length)")
        }
        #expect(status(body) == nil)
    }

    @Test func refusesABoundaryWithSomethingBehindItInTheMiddle() {
        #expect(status((field("a", "1\r\n--AaB03xy") + end).utf8) == .badRequest)
        #expect(status((field("a", "--AaB03xy") + end).utf8) == .badRequest)
    }

    @Test(arguments: [
        "X: y", "Content-Disposition: form-data", "Content-Disposition: form-data; name",
        "Content-Disposition: attachment; name=\"a\"",
        "Content-Disposition: form-data; name=\"a", "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
        "Content-Disposition:",
        "Content-Disposition: form-data; name=\"a\" x", "Content-Disposition: form-data, name=\"a\"",
        "Content-Disposition : form-data; name=\"a\"", " Content-Disposition: form-data; name=\"a\"",
        "Content-Disposition: form-data;\r\n name=\"a\"", "Content-Disposition: form-data; name=\"a\"\r\nX",
        "X\n: y",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"a\"",
        "Content-Disposition: form-data; name=\"a\"\r\n: x",
        "Content-Disposition: form-data; name=\"a\"\r\nX: \0",
        "Content-Disposition: form-data; name=\"a\"\nX: y",
        "Content-Disposition: form-data; name=\"a\"\rX: y",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
    ])
    func refusesABrokenPartHead(head: String) {
        #expect(status(part(head).utf8) == .badRequest)
    }

    @Test func refusesBareLineFeeds() {
        #expect(status((field("a", "1") + end).replacing("\r\n", with: "\n").utf8) == .badRequest)
    }

    @Test func refusesWhatIsNotUTF8() {
        let notUTF8 = HTTPError(.badRequest, "form is not UTF-8")
        let head = Array("--AaB03x\r\n\(disposition)\r\n\r\n".utf8)
        #expect(throws: notUTF8) { try fields(head + [0xff] + Array("\r\n\(end)".utf8)) }
        let name = Array("--AaB03x\r\nContent-Disposition: form-data; name=\"".utf8)
        #expect(throws: notUTF8) { try fields(name + [0xff] + Array("\"\r\n\r\nv\r\n\(end)".utf8)) }
    }

    @Test func readsABoundaryOfSeventyCharactersAndNotOneMore() throws {
        let longest = String(repeating: "b", count: 70)
        #expect(try fields("--\(longest)--".utf8, boundary: longest) == [])
        #expect(status("--\(longest)b--".utf8, boundary: longest + "b") == .badRequest)
        #expect(try fields("--'()+_,-./:=? Az9--".utf8, boundary: "'()+_,-./:=? Az9") == [])
    }

    @Test(arguments: [nil, "", " ", "a ", "a*b", "a\"b", "a\r\nb", "é", "a;b", "a\tb"])
    func refusesAnInvalidBoundary(boundary: String?) {
        #expect(status("--\(boundary ?? "")--".utf8, boundary: boundary) == .badRequest)
    }

    @Test func readsSixtyFourPartsAndNotOneMore() throws {
        #expect(try fields((String(repeating: field("a", "1"), count: 64) + end).utf8).count == 64)
        #expect(status((String(repeating: field("a", "1"), count: 65) + end).utf8) == .contentTooLarge)
        let file = "--AaB03x\r\n\(disposition); filename=x\r\n\r\n\r\n"
        #expect(status((String(repeating: file, count: 65) + end).utf8) == .contentTooLarge)
    }

    @Test func readsANameOf256OctetsAndNotOneMore() throws {
        let name = String(repeating: "n", count: 256)
        #expect(try fields((field(name, "v") + end).utf8).first?.name == name)
        #expect(status((field(name + "n", "v") + end).utf8) == .contentTooLarge)
    }

    @Test func readsAPartHeadOfOneKibibyteAndNotOctetMore() throws {
        let room = 1_024 - disposition.utf8.count - "\r\nX: \r\n".utf8.count
        for (length, expected) in [
            (room, nil), (room + 1, Status.contentTooLarge), (room + 2, .contentTooLarge),
            (60_000, .contentTooLarge),
        ] {
            let head = "\(disposition)\r\nX: \(String(repeating: "x", count: length))"
            #expect(status(part(head).utf8) == expected)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() throws {
        let hostile =
            String(repeating: "\r\n--AaB03", count: 30_000) + String(repeating: "\r", count: 100_000)
        #expect(try fields((field("a", hostile) + end).utf8).first?.value.utf8.count == hostile.utf8.count)
        #expect(try fields((hostile + "\r\n" + end).utf8) == [])
    }

    @Test func valuesHoldNoBoundaryUnderDamage() {
        var random = HostileOctets(seed: 7)
        var accepted = 0
        for _ in 0..<10_000 {
            let body = random.damaged(
                [field("a", "1") + field("b", "2") + end, part("\(disposition); filename=x"), "x\r\n" + end],
                pieces: [
                    "\r\n", "--AaB03x", "--", "\r\n--AaB03x\r\n", "\"", "\\", ";", ":", "\r", "\n",
                    field("c", "3"), end,
                ])
            guard let fields = try? fields(body) else { continue }
            accepted += 1
            #expect(!fields.contains { $0.value.contains("\r\n--AaB03x") || $0.name.utf8.count > 256 })
        }
        #expect(accepted > 1_000)
    }
}
