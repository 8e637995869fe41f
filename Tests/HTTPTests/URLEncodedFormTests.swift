import Testing

@testable import HTTP

struct URLEncodedFormTests {
    private func fields(_ body: some Sequence<UInt8>, _ limits: FormLimits = FormLimits()) throws(HTTPError)
        -> [Form.Field]
    {
        try URLEncodedForm(HostileOctets.embedded(body)).fields(limits: limits)
    }

    /// WHATWG URL Standard §5.1, and Python's urllib for the same texts.
    @Test(arguments: [
        ("a=b", "a", "b"), ("a", "a", ""), ("a=", "a", ""), ("=b", "", "b"), ("=", "", ""),
        ("a=b=c", "a", "b=c"),
        ("a+b=c+d", "a b", "c d"), ("a%20b=%2B%26%3D", "a b", "+&="), ("a=%", "a", "%"), ("a=%4", "a", "%4"),
        ("a=%4g", "a", "%4g"), ("a=%zz%41", "a", "%zzA"), ("a=%%41", "a", "%A"), ("%61=%c3%A9", "a", "é"),
        ("a=é", "a", "é"),
        ("a=%00", "a", "\0"), ("a=%EF%BB%BFb", "a", "\u{feff}b"), ("&&a=b&&", "a", "b"),
        ("a=b;c=d", "a", "b;c=d"),
        ("a=%0D%0Ab", "a", "\r\nb"), ("a=%2541", "a", "%41"),
    ])
    func decodesAsTheStandardSays(body: String, name: String, value: String) throws {
        let fields = try fields(body.utf8)
        #expect(fields.count == 1)
        #expect(fields.first.map { Array($0.name.utf8) } == Array(name.utf8))
        #expect(fields.first.map { Array($0.value.utf8) } == Array(value.utf8))
    }

    @Test func keepsTheOrder() throws {
        #expect(try fields("b=1&a=2&b=3".utf8).map { $0.name + $0.value } == ["b1", "a2", "b3"])
        #expect(try fields("".utf8) == [])
        #expect(try fields("&&&".utf8) == [])
    }

    @Test(arguments: [
        "a=%ff", "a=%C3", "%ff=a", "a=b&c=%ed%a0%80", "a=%c0%af", "a=%f4%90%80%80", "a=%e2%28%a1",
    ])
    func refusesWhatIsNotUTF8(body: String) {
        #expect(throws: HTTPError(.badRequest, "form is not UTF-8")) { try fields(body.utf8) }
    }

    @Test func refusesRawOctetsThatAreNotUTF8() {
        #expect(throws: HTTPError(.badRequest, "form is not UTF-8")) { try fields(Array("a=".utf8) + [0xe9]) }
    }

    @Test func readsSixtyFourFieldsAndNotOneMore() throws {
        #expect(try fields(String(repeating: "a=1&", count: 64).utf8).count == 64)
        let error = #expect(throws: HTTPError.self) { try fields(String(repeating: "a=1&", count: 65).utf8) }
        #expect(error?.status == .contentTooLarge)
    }

    @Test func readsANameOf256OctetsAndNotOneMore() throws {
        #expect(try fields(String(repeating: "%61", count: 256).utf8).first?.name.utf8.count == 256)
        let error = #expect(throws: HTTPError.self) { try fields(String(repeating: "a", count: 257).utf8) }
        #expect(error?.status == .contentTooLarge)
    }

    @Test(.timeLimit(.minutes(1)))
    func takesLinearTime() throws {
        #expect(try fields(String(repeating: "&", count: 300_000).utf8) == [])
        #expect(
            try fields("a=\(String(repeating: "%", count: 300_000))".utf8).first?.value.utf8.count == 300_000)
    }

    @Test func encodedAnewIsTheSameUnderDamage() throws {
        var random = HostileOctets(seed: 6)
        var accepted = 0
        for _ in 0..<10_000 {
            let body = random.damaged(
                ["email=a%40b.c&password=x+y", "a=%C3%A9&b", "=&=&a"],
                pieces: ["%", "%4", "+", "&", "=", "%00", "é", "%C3"])
            guard let read = try? fields(body) else { continue }
            accepted += 1
            func encoded(_ text: String) -> String {
                text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            let again = read.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
            #expect(try fields(again.utf8) == read)
        }
        #expect(accepted > 4_000)
    }
}
