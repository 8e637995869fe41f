import HTTP
import Testing

/// Objects that stand outside of requests: each member once, nothing nested.
@Suite struct JSONObjectFlatTests {
    private func object(_ text: String) -> JSONObject? { JSONObject(flat: Array(text.utf8)) }

    @Test func readsAFlatObject() throws {
        let found = try #require(object(#"{"a":"x,\"{[","b":-1.5e2,"c":null}"#))
        #expect(found["a"] == .string("x,\"{["))
        #expect(found["b"] == .number(-150))
        #expect(found["c"] == .null)
        #expect(found["d"] == nil)
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":1}"#, #"{"a":1,"b":2,"a":1}"#, #"{"é":1,"e\#u{301}":1}"#,
    ])
    func refusesTwoMembersWithOneName(text: String) {
        #expect(object(text) == nil)
    }

    @Test(arguments: [
        "", " ", "\u{feff}{\"a\":1}", " {\"a\":1}", "{}", "[]", "1", "null", #"{"a":{}}"#, #"{"a":[]}"#,
        #"["a"]"#, #"{"a":1}{"b":2}"#,
        #"{"a":1}x"#,
        #"{"a":1"#, #"{a:1}"#, #"{"a":NaN}"#, #"{"a":1e999}"#, #"{"a":1,}"#, "{\"a\":\"\u{0}\"}",
    ])
    func refusesWhatIsNoFlatObject(text: String) {
        #expect(object(text) == nil)
    }

    @Test func refusesOctetsThatAreNotUTF8AndUTF16() {
        #expect(JSONObject(flat: Array(#"{"a":""#.utf8) + [0xff] + Array(#""}"#.utf8)) == nil)
        #expect(JSONObject(flat: Array(#"{"a":1}"#.utf16.flatMap { [UInt8($0 & 255), 0] })) == nil)
    }

    @Test func countsMembers() {
        func text(_ count: Int) -> String {
            "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        }
        #expect(object(text(32)) != nil)
        #expect(object(text(33)) == nil)
        #expect(object(String(repeating: "[", count: 4_096)) == nil)
    }
}
