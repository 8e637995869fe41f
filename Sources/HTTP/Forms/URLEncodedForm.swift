/// The pairs of `application/x-www-form-urlencoded` text, still encoded (WHATWG URL Standard §5.1).
struct URLEncodedForm: Sequence, IteratorProtocol {
    struct Pair {
        let name: ArraySlice<UInt8>
        /// Empty without a `=`.
        let value: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) {
        rest = text
    }

    mutating func next() -> Pair? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: Octet.ampersand) ?? rest.endIndex
            let pair = rest[..<end]
            rest = rest[end...].dropFirst()
            guard !pair.isEmpty else { continue }
            let nameEnd = pair.firstIndex(of: Octet.equals) ?? pair.endIndex
            return Pair(name: pair[..<nameEnd], value: pair[nameEnd...].dropFirst())
        }
        return nil
    }

    /// All pairs decoded; octets that are not UTF-8 are refused, where the standard would replace them.
    func fields(limits: FormLimits) throws(HTTPError) -> [Form.Field] {
        var fields: [Form.Field] = []
        for pair in self {
            guard fields.count < limits.fields else { throw Form.tooLarge("too many form fields") }
            let name = Self.decode(pair.name)
            guard name.count <= limits.name else { throw Form.tooLarge("name of a form field too long") }
            fields.append(
                Form.Field(name: try Form.text(name), value: try Form.text(Self.decode(pair.value))))
        }
        return fields
    }

    /// `+` is a space; a `%` without two hexadecimal digits stays as it is.
    static func decode(_ encoded: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(encoded.count)
        var index = encoded.startIndex
        while index < encoded.endIndex {
            let octet = encoded[index]
            if octet == Octet.percent, let value = Octet.decodingPercent(at: index, of: encoded) {
                decoded.append(value)
                index += 3
            } else {
                decoded.append(octet == Octet.plus ? Octet.space : octet)
                index += 1
            }
        }
        return decoded
    }
}
