/// A host in the form in which two are compared, and a port where one is said.
struct HostAndPort: Sendable, Hashable {
    /// In lower case; an IPv6 address as its bits in hexadecimal, in brackets.
    let host: String
    let port: Int?

    /// The value of `Host`, or the authority of an origin; nil: none, or nothing that every parser reads alike.
    init?(_ value: ArraySlice<UInt8>) {
        guard !value.isEmpty, HostField.isValid(value) else { return nil }
        let end: Int
        if value.first == Octet.bracketOpen {
            guard let close = value.firstIndex(of: Octet.bracketClose),
                let bits = PeerAddress.v6(value[(value.startIndex + 1)..<close])
            else { return nil }
            host = "[\(String(bits, radix: 16))]"
            end = close + 1
        } else {
            end = value.firstIndex(of: Octet.colon) ?? value.endIndex
            host = String(decoding: value[..<end].lazy.map(Octet.lowercased), as: UTF8.self)
        }
        // A colon without digits says nothing (RFC 3986 §3.2.3).
        port = Int(String(decoding: value[end...].dropFirst(), as: UTF8.self))
    }
}
