/// Reads comma-separated values, strictly as RFC 4180 §2 has them; lines may end in a bare LF, and empty ones are passed
/// over.
struct CSVReader {
    struct Record: Equatable {
        /// The number of its first line, from 1.
        let line: Int
        let fields: [[UInt8]]
    }

    /// What breaks the rules, so that nobody can be sure where the next record begins.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let line: Int
        let problem: String
        var description: String { "line \(line): \(problem)" }
    }

    /// Octets of one record.
    static let longestRecord = 65_536

    private let octets: [UInt8]
    private var index: Int
    private var line = 1

    /// A reader of the whole text, with or without a byte order mark.
    init(_ octets: [UInt8]) {
        self.octets = octets
        index = octets.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    }

    /// Nil at the end.
    mutating func next() throws(Malformed) -> Record? {
        while index < octets.count, try takeLineEnd() {}
        guard index < octets.count else { return nil }
        let (first, start) = (line, index)
        var fields: [[UInt8]] = []
        repeat {
            fields.append(try field())
            guard index - start <= Self.longestRecord else {
                throw Malformed(line: first, problem: "longer than \(Self.longestRecord) octets")
            }
        } while takeComma()
        if index < octets.count {
            guard try takeLineEnd() else {
                throw Malformed(line: line, problem: "text after a closing quote")
            }
        }
        return Record(line: first, fields: fields)
    }

    private mutating func field() throws(Malformed) -> [UInt8] {
        if index < octets.count, octets[index] == Self.quote { return try quoted() }
        let start = index
        while index < octets.count, !Self.ends.contains(octets[index]) { index += 1 }
        if index < octets.count, octets[index] == Self.quote {
            throw Malformed(line: line, problem: "a quote within a field that does not begin with one")
        }
        return Array(octets[start..<index])
    }

    /// Two quotes are one; line ends and commas are text.
    private mutating func quoted() throws(Malformed) -> [UInt8] {
        let first = line
        var field: [UInt8] = []
        index += 1
        while index < octets.count {
            let octet = octets[index]
            index += 1
            if octet == Self.quote {
                guard index < octets.count, octets[index] == Self.quote else { return field }
                index += 1
            } else if octet == Self.lineFeed {
                line += 1
            }
            field.append(octet)
        }
        throw Malformed(line: first, problem: "a quote that is not closed")
    }

    private mutating func takeComma() -> Bool {
        guard index < octets.count, octets[index] == Self.comma else { return false }
        index += 1
        return true
    }

    /// False: something else is there.
    private mutating func takeLineEnd() throws(Malformed) -> Bool {
        if octets[index] == Self.carriageReturn {
            guard index + 1 < octets.count, octets[index + 1] == Self.lineFeed else {
                throw Malformed(line: line, problem: "a carriage return without a line feed")
            }
            index += 1
        }
        guard octets[index] == Self.lineFeed else { return false }
        index += 1
        line += 1
        return true
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let ends = [comma, quote, lineFeed, carriageReturn]
}
