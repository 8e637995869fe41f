/// A `Set-Cookie` value: always HttpOnly and SameSite=Lax, never with a Domain (RFC 6265 §4.1).
public struct SetCookie: Sendable, Equatable {
    /// The name; a token.
    public let name: String
    /// The value; printable ASCII without white space, quotes, commas, semicolons and backslashes.
    public let value: String
    /// The path below which the client sends the cookie.
    public let path: String
    /// Seconds the client keeps it, past its own end; nil until the browser closes; 0 or less removes it.
    public let maxAge: Int?
    /// Whether the client sends it over TLS only.
    public let isSecure: Bool

    /// A cookie; the name, the value and the path must be valid, since they come from us and not from a client.
    public init(name: String, value: String, path: String = "/", maxAge: Int? = nil, isSecure: Bool = false) {
        precondition(Self.isValidName(name), "a cookie's name must be a token")
        precondition(Self.isValidValue(value), "a cookie's value must be cookie-octets")
        precondition(
            path.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != Octet.semicolon },
            "a cookie's path must be printable ASCII without a semicolon")
        self.name = name
        self.value = value
        self.path = path
        self.maxAge = maxAge
        self.isSecure = isSecure
    }

    /// The cookie that makes a client forget the one with this name, the default path and no value.
    public static func clearing(name: String, isSecure: Bool) -> SetCookie {
        SetCookie(name: name, value: "", maxAge: 0, isSecure: isSecure)
    }

    /// What goes on the wire; the pair comes first.
    public var text: String {
        var text = "\(name)=\(value); Path=\(path); HttpOnly; SameSite=Lax"
        if isSecure { text += "; Secure" }
        if let maxAge {
            text += "; Max-Age=\(max(0, maxAge))"
            // For clients that do not know Max-Age.
            if maxAge <= 0 { text += "; Expires=Thu, 01 Jan 1970 00:00:00 GMT" }
        }
        return text
    }

    /// Whether a name is a token (RFC 6265 §4.1.1).
    public static func isValidName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(Octet.isToken)
    }

    /// Whether a value consists of `cookie-octet` (RFC 6265 §4.1.1), or is empty.
    public static func isValidValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { octet in
            switch octet {
            case 0x21, 0x23...0x2b, 0x2d...0x3a, 0x3c...0x5b, 0x5d...0x7e: true
            default: false
            }
        }
    }
}
