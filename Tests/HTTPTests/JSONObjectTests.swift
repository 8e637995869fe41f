import Testing

@testable import HTTP

struct JSONObjectTests {
    private func object(_ body: some Sequence<UInt8>, type: String? = "application/json") throws(HTTPError)
        -> JSONObject
    {
        let fields = RequestFields(type.map { [(.contentType, $0)] } ?? [])
        let head = RequestHead(method: .post, target: RequestTarget(path: "/"), fields: fields)
        return try JSONObject(Request(head: head, body: Array(body)))
    }

    private func isRefused(_ body: some Sequence<UInt8>, type: String? = "application/json") -> Bool {
        do {
            _ = try object(body, type: type)
            return false
        } catch {
            return error.status == .badRequest && error.text == "Wrong format"
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let object = try object(
            #"{"s":"a\u00e9\n","e":"","n":null,"t":true,"f":false,"i":1,"z":0,"d":-1.5e3,"a":[1,"x",[]],"o":{"k":{}}}"#
                .utf8)
        #expect(object["s"] == .string("aé\n"))
        #expect(object["e"]?.string == "")
        #expect(object["n"] == .null)
        #expect(object["t"] == .bool(true))
        #expect(object["f"] == .bool(false))
        #expect(object["i"] == .number(1))
        #expect(object["z"] == .number(0))
        #expect(object["d"] == .number(-1_500))
        #expect(object["a"] == .array([.number(1), .string("x"), .array([])]))
        #expect(object["o"] == .object(["k": .object([:])]))
        #expect(object["x"] == nil)
        #expect(object["i"]?.string == nil)
    }

    @Test(arguments: ["application/json", "Application/JSON;charset=utf-8", "application/problem+json"])
    func acceptsJSONMediaTypes(type: String) throws {
        #expect(try object("{}".utf8, type: type)["a"] == nil)
    }

    @Test(arguments: [
        nil, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/json; a",
        "application/+json",
    ])
    func refusesOtherMediaTypes(type: String?) {
        #expect(isRefused("{}".utf8, type: type))
    }

    @Test(arguments: [
        "", " ", "null", "true", "1", "\"a\"", "[]", "[{}]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1",
        "{a:1}", "{'a':1}", "{}x", "{}{}",
        "{\"a\":tru}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":-}", "{\"a\":NaN}",
        "{\"a\":Infinity}", "{\"a\":0x1}",
        "{\"a\":1}/**/", "{\"a\":\"\n\"}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}",
        "{1:2}", "{null:1}",
    ])
    func refusesWhatIsNoJSONObject(body: String) {
        #expect(isRefused(body.utf8))
    }

    @Test func theFirstOfDuplicateMembersWins() throws {
        #expect(try object(#"{"a":"1","a":"2","\u0061":"3"}"#.utf8)["a"] == .string("1"))
        // Equal for String, written differently: one member too, and no trap.
        #expect(try object("{\"\u{e9}\":\"1\",\"e\u{301}\":\"2\"}".utf8)["\u{e9}"] == .string("1"))
    }

    @Test(arguments: ["\\ud800", "\\udc00", "\\ud800x", "\\ud800\\u0041", "\\ude00\\ud83d", "\\ud83d\\ud83d"])
    func refusesLoneSurrogates(escape: String) {
        #expect(isRefused("{\"a\":\"\(escape)\"}".utf8))
        #expect(isRefused("{\"\(escape)\":1}".utf8))
    }

    @Test func readsSurrogatePairsAndEscapedZeros() throws {
        #expect(try object(#"{"a":"\ud83d\ude00"}"#.utf8)["a"] == .string("😀"))
        #expect(try object(#"{"a":"\u0000"}"#.utf8)["a"] == .string("\0"))
    }

    @Test(
        arguments: [
            [0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x28, 0xa1],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(octets: [UInt8]) {
        #expect(isRefused(Array("{\"a\":\"".utf8) + octets + Array("\"}".utf8)))
        #expect(isRefused(Array("{\"".utf8) + octets + Array("\":1}".utf8)))
        #expect(isRefused(Array("{}".utf8) + octets))
        #expect(isRefused(octets))
    }

    /// RFC 8259 §8.1: UTF-8 only; a byte order mark may be ignored.
    @Test func readsUTF8Only() throws {
        let text = #"{"a":"b"}"#
        let low = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let high = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let wide: [UInt8] = text.utf8.flatMap { [0, 0, 0, $0] as [UInt8] }
        for body: [UInt8] in [low, high, [0xff, 0xfe] + low, [0xfe, 0xff] + high, wide] {
            #expect(isRefused(body))
        }
        for body in [[0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0xef, 0xbb], [0, 0, 0xfe, 0xff]]
            as [[UInt8]]
        {
            #expect(isRefused(body))
        }
        #expect(try object([0xef, 0xbb, 0xbf] + text.utf8)["a"] == .string("b"))
    }

    @Test func readsNumbersThatFitADouble() throws {
        #expect(try object(#"{"a":1e308}"#.utf8)["a"] == .number(1e308))
        #expect(try object(#"{"a":9007199254740993}"#.utf8)["a"] == .number(9_007_199_254_740_992))
        for number in ["1e309", "-1e999", "1e99999999999999999999", String(repeating: "9", count: 60_000)] {
            #expect(isRefused("{\"a\":\(number)}".utf8), "\(number.prefix(20))")
        }
    }

    @Test func readsEightLevelsAndNotOneMore() throws {
        func nested(_ open: String, _ close: String, _ levels: Int) -> String {
            "{\"a\":" + String(repeating: open, count: levels - 1) + "1"
                + String(repeating: close, count: levels - 1) + "}"
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(try object(nested(open, close, 8).utf8)["a"] != nil)
            for levels in [9, 400, 600, 10_000] { #expect(isRefused(nested(open, close, levels).utf8)) }
        }
        #expect(isRefused(String(repeating: "[", count: 65_536).utf8))
        #expect(isRefused(String(repeating: "{\"a\":", count: 13_000).utf8))
        #expect(isRefused(String(repeating: "]", count: 65_536).utf8))
        // Brackets in a string, also behind an escaped quote, are no levels.
        let text = "\\\"[[[[[[[[[[[[\\\\"
        #expect(try object("{\"a\":\"\(text)\"}".utf8)["a"] == .string("\"[[[[[[[[[[[[\\"))
        #expect(isRefused("{\"a\":\"\\\\\",\"b\":[[[[[[[[1]]]]]]]]}".utf8))
    }

    @Test func reads512ValuesAndNotOneMore() throws {
        // The object and the array are values as well.
        func values(_ count: Int) -> String {
            "{\"a\":[" + Array(repeating: "1", count: count - 2).joined(separator: ",") + "]}"
        }
        guard case .array(let read)? = try object(values(512).utf8)["a"] else {
            Issue.record("no array")
            return
        }
        #expect(read.count == 510)
        #expect(isRefused(values(513).utf8))
    }

    /// Foundation's decoder took 40 seconds for this one when nothing limited the depth.
    @Test(.timeLimit(.minutes(1)))
    func deepArraysDoNotKeepItBusy() {
        let deep = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
        #expect(isRefused("{\"a\":[\(Array(repeating: deep, count: 80).joined(separator: ","))]}".utf8))
    }

    @Test func errorsQuoteNoValue() {
        for body in [#"{"password":1e999}"#, #"{"password":hunter2}"#, #"{"password":"hunter2\x"}"#] {
            let error = #expect(throws: HTTPError.self) { try object(body.utf8) }
            #expect(error.map { $0.detail.contains("hunter2") || $0.detail.contains("1e999") } == false)
        }
    }

    @Test func damageIsReadOrRefusedAlike() throws {
        var random = HostileOctets(seed: 8)
        var accepted = 0
        for _ in 0..<10_000 {
            let body = random.damaged(
                [#"{"email":"a@b.c","password":"x"}"#, #"{"a":[1,{"b":null}],"c":"\u00e9"}"#, "{}"],
                pieces: [
                    "{", "}", "[", "]", "\"", "\\", "\\ud800", ",", ":", "null", "1e9", "\"a\":1,", "é", "\0",
                    "\u{feff}",
                ])
            do {
                let object = try object(body)
                accepted += 1
                #expect(object["email"] == nil || body.contains(UInt8(ascii: ":")))
                #expect(String(validating: body, as: UTF8.self) != nil)
            } catch {
                #expect(error.status == .badRequest && error.text == "Wrong format")
            }
        }
        #expect(accepted > 1_000)
    }

    /// The decoder does not look at what it drops (found by `make fuzz`).
    @Test func refusesOctetsThatAreNotUTF8InAMemberThatIsDropped() {
        #expect(isRefused(Array("{\"a\":\"x\",\"a\":\"".utf8) + [0xe6] + Array("\"}".utf8)))
        #expect(!isRefused("{\"a\":\"x\",\"a\":\"é\"}".utf8))
    }
}
