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
    guard let (user, password) = AuthorizationField(input[...]).flatMap(BasicScheme.credentials) else {
        return
    }
    precondition(!user.utf8.contains(Octet.colon), "split behind the first colon")
    // Whatever was read is somewhere in it: four characters for three octets.
    precondition(user.utf8.count + password.utf8.count < input.count)
}

/// The value of `Authorization` behind `Digest`.
func fuzzDigest(_ input: [UInt8]) {
    let scheme = Array("Digest ".utf8)
    guard let credentials = AuthorizationField((scheme + input)[...]).flatMap(DigestCredentials.init) else {
        return
    }
    precondition(credentials.count > 0 && credentials.response.count == credentials.algorithm.length)
    precondition(!credentials.clientNonce.isEmpty && credentials.countDigits.count == 8)
    // Written in the plainest way it is the same.
    func quoted(_ octets: [UInt8]) -> [UInt8] {
        [Octet.quote] + octets.flatMap { [Octet.backslash, $0] } + [Octet.quote]
    }
    let name: [[UInt8]] =
        switch credentials.name {
        case .plain(let name):
            [Array("username*=UTF-8''".utf8) + name.utf8.flatMap(percentEncoded)]
        case .hashed(let hash):
            [Array("username=".utf8) + quoted(Hexadecimal.digits(of: hash)), Array("userhash=true".utf8)]
        }
    let others: [(String, [UInt8])] = [
        ("realm", quoted(credentials.realm)), ("nonce", quoted(credentials.nonce)),
        ("uri", quoted(credentials.uri)), ("cnonce", quoted(credentials.clientNonce)),
        ("response", quoted(Hexadecimal.digits(of: credentials.response))), ("qop", Array("auth".utf8)),
        ("nc", credentials.countDigits), ("algorithm", Array(credentials.algorithm.rawValue.utf8)),
    ]
    let written = name + others.map { Array($0.0.utf8) + [Octet.equals] + $0.1 }
    let text = scheme + written.joined(separator: [Octet.comma])
    let again = AuthorizationField(text[...]).flatMap(DigestCredentials.init)
    precondition(
        again?.name == credentials.name && again?.uri == credentials.uri
            && again?.nonce == credentials.nonce && again?.clientNonce == credentials.clientNonce
            && again?.response == credentials.response && again?.count == credentials.count
            && again?.realm == credentials.realm && again?.algorithm == credentials.algorithm,
        "read otherwise when it is written again")
}
