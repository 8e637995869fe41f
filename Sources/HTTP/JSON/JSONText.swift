import FoundationEssentials

/// The JSON text of answers.
public enum JSONText {
    /// Compact UTF-8 with sorted keys, slashes as they are, and one `\n` at the end.
    ///
    /// Throws `EncodingError` for what JSON cannot express, such as a number that is not finite.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = Array(try encoder.encode(value))
        text.append(Octet.lineFeed)
        return text
    }
}
