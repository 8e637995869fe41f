/// One hop as a proxy saw it (RFC 7239 §6).
enum ForwardedNode: Equatable {
    /// The other end of the proxy's connection.
    case address(PeerAddress)
    /// `unknown`, or a made-up name such as `_hidden`: the proxy does not say.
    case hidden

    /// node = nodename [ ":" node-port ]; IPv6 in brackets. Nil: malformed.
    init?(_ text: ArraySlice<UInt8>) {
        var name = text
        if text.first == Octet.bracketOpen {
            guard let close = text.firstIndex(of: Octet.bracketClose),
                Self.isPort(text[(close + 1)...]), text[..<close].contains(Octet.colon),
                let address = PeerAddress(text[(text.startIndex + 1)..<close])
            else { return nil }
            self = .address(address)
            return
        }
        if let colon = text.firstIndex(of: Octet.colon) {
            guard Self.isPort(text[colon...]) else { return nil }
            name = text[..<colon]
        }
        if let address = PeerAddress(name) {
            self = .address(address)
        } else if Self.isObfuscated(name) || name.equalsIgnoringCase("unknown") {
            self = .hidden
        } else {
            return nil
        }
    }

    /// An entry of `X-Forwarded-For`, where IPv6 stands without brackets, too.
    init?(listed text: ArraySlice<UInt8>) {
        if let address = PeerAddress(text) {
            self = .address(address)
        } else {
            self.init(text)
        }
    }

    /// Nothing, or ":" and up to five digits or an obfuscated port.
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard let colon = text.first else { return true }
        let port = text.dropFirst()
        return colon == Octet.colon
            && (isObfuscated(port)
                || (1...5).contains(port.count) && port.allSatisfy { Octet.decimalValue($0) != nil })
    }

    private static let nameOctets = OctetSet.alphanumeric.union(OctetSet("._-"))

    /// "_" 1*( ALPHA / DIGIT / "." / "_" / "-" )
    private static func isObfuscated(_ text: ArraySlice<UInt8>) -> Bool {
        let octets = nameOctets
        return text.count > 1 && text.first == UInt8(ascii: "_") && text.allSatisfy { octets.contains($0) }
    }
}

/// One element of `Forwarded` (RFC 7239 §4): what one proxy says about the connection it was asked on.
struct ForwardedElement {
    /// `for`; nil: not said.
    var node: ForwardedNode?
    /// Whether `proto` is https.
    var isSecure = false
    /// `host`, if it is one.
    var host: String?

    /// Nil: malformed, a parameter occurs twice, or `for` is no node. Space around ";" is let pass.
    init?(_ text: ArraySlice<UInt8>) {
        var scanner = FieldScanner(([Octet.semicolon] + text)[...])
        guard let parameters = scanner.parameters(), scanner.isAtEnd else { return nil }
        for parameter in parameters {
            let value = parameter.value[...]
            switch parameter.name {
            case "for":
                guard let node = ForwardedNode(value) else { return nil }
                self.node = node
            case "proto": isSecure = Self.isHTTPS(value)
            case "host": host = Self.host(value)
            default: break
            }
        }
    }

    /// Schemes are compared without case (RFC 3986 §3.1).
    static func isHTTPS(_ scheme: ArraySlice<UInt8>) -> Bool {
        scheme.equalsIgnoringCase("https")
    }

    /// Nil: empty, or no host.
    static func host(_ value: ArraySlice<UInt8>) -> String? {
        !value.isEmpty && HostField.isValid(value) ? String(decoding: value, as: UTF8.self) : nil
    }
}
