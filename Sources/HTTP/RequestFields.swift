/// The field lines of one request that this server reads, as views into the bytes that were received.
///
/// The bytes are shared with the gate's buffer, not copied again; values are trimmed of OWS (RFC 9110 §5.5).
public struct RequestFields: Sendable {
    struct Line: Sendable {
        let field: RequestField
        var start: Int
        var end: Int
    }

    var bytes: [UInt8]
    var lines: [Line]

    /// No field at all.
    public init() {
        bytes = []
        lines = []
    }

    init(bytes: [UInt8], lines: [Line]) {
        self.bytes = bytes
        self.lines = lines
    }

    /// Fields from names and values, as tests and internal requests write them.
    public init(_ fields: [(RequestField, String)]) {
        self.init()
        for (field, value) in fields {
            let start = bytes.count
            bytes.append(contentsOf: value.utf8)
            lines.append(Line(field: field, start: start, end: bytes.count))
        }
    }

    /// The value of the first line with this name, or nil.
    public subscript(_ field: RequestField) -> ArraySlice<UInt8>? {
        for line in lines where line.field == field {
            return bytes[line.start..<line.end]
        }
        return nil
    }

    /// The values of all lines with this name, in the order received.
    public func all(_ field: RequestField) -> [ArraySlice<UInt8>] {
        lines.lazy.filter { $0.field == field }.map { bytes[$0.start..<$0.end] }
    }

    /// The first value as text; octets that are not UTF-8 become U+FFFD.
    public func text(_ field: RequestField) -> String? {
        self[field].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the field occurs at all.
    public func contains(_ field: RequestField) -> Bool {
        lines.contains { $0.field == field }
    }
}
