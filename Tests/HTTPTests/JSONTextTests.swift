import HTTP
import Testing

struct JSONTextTests {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONText.encode(value), as: UTF8.self)
    }

    private struct Profile: Encodable {
        var last_name: String?
        var id = 7
        var email = "a@b.c"
    }

    @Test func sortsKeysAndEndsWithOneLineFeed() throws {
        #expect(try text(["b": 1, "a": 2, "c": 3]) == "{\"a\":2,\"b\":1,\"c\":3}\n")
        #expect(try text(Profile(last_name: "L")) == "{\"email\":\"a@b.c\",\"id\":7,\"last_name\":\"L\"}\n")
        #expect(try text([String: Int]()) == "{}\n")
        #expect(try text([["b": 1, "a": 2]]) == "[{\"a\":2,\"b\":1}]\n")
    }

    @Test func escapesWhatItMustAndNoSlash() throws {
        #expect(try text(["a": "/é\"\\\n\u{1}😀"]) == "{\"a\":\"/é\\\"\\\\\\n\\u0001😀\"}\n")
    }

    @Test func throwsForWhatJSONCannotSay() {
        #expect(throws: EncodingError.self) { try JSONText.encode(["a": Double.nan]) }
    }
}
