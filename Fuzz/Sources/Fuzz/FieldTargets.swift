@testable import Auth
@testable import HTTP

private func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> { octets.trimmingWhitespace() }

/// Cookie lines, one a line feed, against the reading written down in the plainest way.
func fuzzCookies(_ input: [UInt8]) {
    let name = "session_id"
    var lines: [RequestFields.Line] = []
    var expected: [[UInt8]] = []
    for line in input.split(separator: Octet.lineFeed) {
        lines.append(RequestFields.Line(field: .cookie, start: line.startIndex, end: line.endIndex))
        for pair in line.split(separator: Octet.semicolon) {
            guard let equals = pair.firstIndex(of: Octet.equals),
                trimmed(pair[..<equals]).elementsEqual(name.utf8)
            else { continue }
            var value = trimmed(pair[(equals + 1)...])
            if value.count >= 2, value.first == Octet.quote, value.last == Octet.quote {
                value = value.dropFirst().dropLast()
            }
            expected.append(Array(value))
        }
    }
    let fields = RequestFields(bytes: input, lines: lines)
    precondition(fields.cookies(named: name).map { Array($0) } == expected, "cookies read otherwise")
}

/// A media type, and the same octets as an `Accept`.
func fuzzMedia(_ input: [UInt8]) {
    _ = AcceptField.prefersHTML(input[...])
    guard let media = MediaType(input[...]) else { return }
    for word in [media.type, media.subtype] {
        precondition(
            !word.isEmpty && word.utf8.allSatisfy { Octet.isToken($0) && Octet.lowercased($0) == $0 })
    }
    _ = media.parameter("boundary")
    let plain = Array("\(media.type)/\(media.subtype)".utf8)
    precondition(MediaType(plain[...])?.isJSON == media.isJSON)
}

/// The value of `Authorization`.
func fuzzBasic(_ input: [UInt8]) {
    guard let (user, password) = BasicScheme.credentials(in: input[...]) else { return }
    precondition(!user.utf8.contains(Octet.colon), "split behind the first colon")
    // Whatever was read is somewhere in it: four characters for three octets.
    precondition(user.utf8.count + password.utf8.count < input.count)
}
