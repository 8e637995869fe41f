extension RequestFields {
    /// The values of all cookies with exactly this name, in the order received.
    public func cookies(named name: String) -> CookieValues {
        CookieValues(fields: self, name: name)
    }
}

/// Goes through `Cookie` lines as it is asked; nothing is allocated or copied.
///
/// As lenient as servers must be (RFC 6265 §4.2.1, §5.4): white space around names and values is ignored, a
/// pair without `=` skipped, a pair of double quotes around a value removed. `;` always ends a pair, quoted or not.
public struct CookieValues: Sequence, Sendable {
    fileprivate let fields: RequestFields
    fileprivate let name: String

    /// An iterator that begins with the first line.
    public func makeIterator() -> Iterator {
        Iterator(fields: fields, name: name)
    }

    /// Where the search goes on.
    public struct Iterator: IteratorProtocol, Sendable {
        private let fields: RequestFields
        private let name: String
        /// The next line to look at.
        private var line = 0
        /// What is not yet searched of the line before that.
        private var position = 0
        private var end = 0

        fileprivate init(fields: RequestFields, name: String) {
            self.fields = fields
            self.name = name
        }

        /// The next value, or nil after the last.
        public mutating func next() -> ArraySlice<UInt8>? {
            while nextPair() {
                let (value, next) = readPair()
                position = next
                if let value { return fields.bytes[value] }
            }
            return nil
        }

        /// Moves on to a line with something left to search.
        private mutating func nextPair() -> Bool {
            while position >= end {
                guard line < fields.lines.count else { return false }
                if fields.lines[line].field == .cookie {
                    position = fields.lines[line].start
                    end = fields.lines[line].end
                }
                line += 1
            }
            return true
        }

        /// The value at `position` when the name is the one asked for, and where the next pair begins.
        private func readPair() -> (value: Range<Int>?, next: Int) {
            let bytes = fields.bytes.span
            var index = position
            while index < end, Octet.isWhitespace(bytes[index]) { index += 1 }
            var isMatch = true
            for octet in name.utf8 {
                guard index < end, bytes[index] == octet else {
                    isMatch = false
                    break
                }
                index += 1
            }
            if isMatch {
                while index < end, Octet.isWhitespace(bytes[index]) { index += 1 }
                isMatch = index < end && bytes[index] == Octet.equals
            }
            var start = index + 1
            index = bytes.firstIndex(of: Octet.semicolon, in: index..<end)
            let next = index + 1
            guard isMatch else { return (nil, next) }
            while start < index, Octet.isWhitespace(bytes[start]) { start += 1 }
            while index > start, Octet.isWhitespace(bytes[index - 1]) { index -= 1 }
            if index - start >= 2, bytes[start] == Octet.quote, bytes[index - 1] == Octet.quote {
                return (start + 1..<index - 1, next)
            }
            return (start..<index, next)
        }
    }
}
