/// `Authorization: scheme SP credentials` (RFC 9110 §11.4), looked at without a copy.
public struct AuthorizationField: Sendable {
    private let scheme: ArraySlice<UInt8>
    /// What follows the scheme's name and its spaces; never empty.
    public let credentials: ArraySlice<UInt8>

    /// Takes a value apart; nil when nothing follows the scheme.
    public init?(_ value: ArraySlice<UInt8>) {
        guard let space = value.firstIndex(of: UInt8(ascii: " ")), space > value.startIndex else {
            return nil
        }
        scheme = value[..<space]
        credentials = value[space...].drop { $0 == UInt8(ascii: " ") }
        if credentials.isEmpty { return nil }
    }

    /// Whether the scheme is this one, in any case; the name here in lower case.
    public func isOf(_ name: String) -> Bool { scheme.equalsIgnoringCase(name) }
}
