/// The value of `Content-Type` (RFC 9110 §8.3.1): a type, a subtype, and parameters in any case and order.
public struct MediaType: Sendable, Equatable {
    /// In lower case.
    public let type: String
    /// In lower case.
    public let subtype: String

    private struct Parameter: Sendable, Equatable {
        let name: String
        let value: String
    }

    private let parameters: [Parameter]

    /// Reads a value; nil when it is malformed, names a parameter twice, or is not UTF-8.
    public init?(_ value: ArraySlice<UInt8>) {
        var scanner = FieldScanner(value)
        guard let range = scanner.mediaRange(), let scanned = scanner.parameters(), scanner.isAtEnd else {
            return nil
        }
        var parameters: [Parameter] = []
        for parameter in scanned {
            guard let value = String(validating: parameter.value, as: UTF8.self) else { return nil }
            parameters.append(Parameter(name: parameter.name, value: value))
        }
        (type, subtype) = range
        self.parameters = parameters
    }

    /// The value of a parameter; the name is given in lower case.
    public func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// Whether this is `application/json` or another format with the suffix `+json` (RFC 6839 §3.1).
    public var isJSON: Bool {
        type == "application" && (subtype == "json" || subtype.hasSuffix("+json") && subtype.utf8.count > 5)
    }

    /// Whether this is `application/x-www-form-urlencoded`.
    public var isForm: Bool { type == "application" && subtype == "x-www-form-urlencoded" }

    /// Whether this is `multipart/form-data`.
    public var isMultipartForm: Bool { type == "multipart" && subtype == "form-data" }
}
