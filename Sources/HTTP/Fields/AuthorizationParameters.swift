/// Credentials that are parameters: `#auth-param` (RFC 9110 §11.2 and §11.4).
public struct AuthorizationParameters: Sendable {
    /// A value, without its quotes and escapes.
    public struct Value: Sendable {
        /// The octets.
        public let octets: [UInt8]
        /// Whether it was a quoted-string.
        public let isQuoted: Bool
    }

    private let parameters: [FieldScanner.Parameter]

    /// Reads credentials; nil when they are malformed, more than 16, or one is there twice: two parsers would take
    /// different ones.
    public init?(_ credentials: ArraySlice<UInt8>) {
        var scanner = FieldScanner(credentials)
        guard let parameters = scanner.authorizationParameters() else { return nil }
        self.parameters = parameters
    }

    /// The value of a name in lower case.
    public subscript(_ name: String) -> Value? {
        parameters.first { $0.name == name }.map { Value(octets: $0.value, isQuoted: $0.isQuoted) }
    }

    /// The value of a name in lower case, if it was a quoted-string.
    public func quoted(_ name: String) -> [UInt8]? {
        self[name].flatMap { $0.isQuoted ? $0.octets : nil }
    }
}

extension FieldScanner {
    /// `[ auth-param ] *( OWS "," OWS [ auth-param ] )` to the end; elements may be empty (RFC 9110 §5.6.1.2).
    fileprivate mutating func authorizationParameters() -> [Parameter]? {
        var parameters: [Parameter] = []
        repeat {
            skipWhitespace()
            guard let name = lowercasedToken() else { continue }
            skipWhitespace()
            guard take(Octet.equals), parameters.count < Self.mostParameters,
                !parameters.contains(where: { $0.name == name })
            else { return nil }
            skipWhitespace()
            if take(Octet.quote) {
                guard let raw = quoted() else { return nil }
                parameters.append(Parameter(name: name, raw: raw, isQuoted: true))
            } else {
                guard let raw = token() else { return nil }
                parameters.append(Parameter(name: name, raw: raw, isQuoted: false))
            }
            skipWhitespace()
        } while take(Octet.comma)
        return isAtEnd ? parameters : nil
    }
}
