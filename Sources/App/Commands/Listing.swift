import HTTP

/// What `list` of a command prints.
enum Listing {
    /// All of it as JSON, or a line for each.
    static func show<Row: Encodable>(_ rows: [Row], asJSON: Bool, line: (Row) -> String) {
        if asJSON {
            print(String(decoding: JSONText.of(rows), as: UTF8.self), terminator: "")
        } else {
            for row in rows { print(line(row)) }
        }
    }
}
