import Testing

@testable import App

@Suite struct CSVReaderTests {
    private func read(_ text: String) throws -> [[String]] {
        try records(Array(text.utf8)).map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
    }

    private func records(_ octets: [UInt8]) throws -> [CSVReader.Record] {
        var reader = CSVReader(octets)
        var records: [CSVReader.Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    @Test(
        arguments: [
            ("", []), ("\n\r\n\n", []), ("a", [["a"]]), ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
            ("a,b\nc,d", [["a", "b"], ["c", "d"]]), ("\u{feff}a,b\n", [["a", "b"]]),
            ("a,,c\n", [["a", "", "c"]]),
            ("a,\n", [["a", ""]]), ("a,", [["a", ""]]), (",", [["", ""]]), ("\"\"", [[""]]),
            ("\"\",\"\"\n", [["", ""]]),
            ("\"a,b\",c\n", [["a,b", "c"]]), ("\"a\"\"b\"\n", [["a\"b"]]), ("\"\"\"\"\n", [["\""]]),
            ("\"a\r\nb\"\r\nc\r\n", [["a\r\nb"], ["c"]]), (" a , b \n", [[" a ", " b "]]),
            ("a\n\n\nb\n", [["a"], ["b"]]),
            ("é,🔑\n", [["é", "🔑"]]), ("a\0b\n", [["a\0b"]]), ("'a','b'\n", [["'a'", "'b'"]]),
        ] as [(String, [[String]])]) func reads(text: String, fields: [[String]]) throws
    {
        #expect(try read(text) == fields)
    }

    @Test func numbersARecordByItsFirstLine() throws {
        let lines = try records(Array("h\n\n\"a\nb\n\"\r\nc\n".utf8)).map(\.line)
        #expect(lines == [1, 3, 6])
    }

    @Test(arguments: [
        ("a\n\"b\n", 2, "a quote that is not closed"), ("\"", 1, "a quote that is not closed"),
        ("a\n\"b\"c\n", 2, "text after a closing quote"), ("\"b\" ,c\n", 1, "text after a closing quote"),
        ("a\nb\"c\n", 2, "a quote within a field that does not begin with one"),
        ("a \"b\"\n", 1, "a quote within a field that does not begin with one"),
        ("a\rb\n", 1, "a carriage return without a line feed"),
        ("a\r", 1, "a carriage return without a line feed"),
        ("\r", 1, "a carriage return without a line feed"),
        ("\"a\"\rb", 1, "a carriage return without a line feed"),
    ]) func refusesWhereNobodyKnowsWhatIsALine(text: String, line: Int, problem: String) {
        #expect(throws: CSVReader.Malformed(line: line, problem: problem)) { try read(text) }
    }

    @Test func readsARecordUpToItsBoundAndNotBeyond() throws {
        let longest = String(repeating: "x", count: CSVReader.longestRecord)
        #expect(try read(longest + "\n") == [[longest]])
        #expect(throws: CSVReader.Malformed.self) { try read(longest + "x\n") }
        let quoted = "\"" + longest.dropLast(2) + "\""
        #expect(try read(quoted + "\n") == [[String(longest.dropLast(2))]])
        #expect(throws: CSVReader.Malformed.self) { try read(quoted.dropLast() + "x\"\n") }
    }

    @Test func keepsOctetsThatAreNotUTF8() throws {
        #expect(try records([0xff, 0x2c, 0xfe]).map(\.fields) == [[[0xff], [0xfe]]])
    }

    /// What is written by the rules is read as it was; any cut of it is read or refused, and never runs on.
    @Test func survivesItsOwnCuts() throws {
        let text = Array("a,\"b\"\"c\r\n\",\r\n,\"\",d\r\n\"x\",y,z\n".utf8)
        for count in 0...text.count {
            do { _ = try records(Array(text.prefix(count))) } catch is CSVReader.Malformed {}
        }
        #expect(try records(text).count == 3)
    }
}
