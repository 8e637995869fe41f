/// The value of `Accept` (RFC 9110 §12.5.1), as far as it tells a browser's page view from an API call.
public enum AcceptField {
    /// Whether HTML is wanted more than JSON; a missing or malformed value wants nothing in particular.
    public static func prefersHTML(_ value: ArraySlice<UInt8>?) -> Bool {
        guard let value else { return false }
        var html = Match()
        var json = Match()
        var scanner = FieldScanner(value)
        repeat {
            scanner.skipWhitespace()
            // A list may have empty elements (RFC 9110 §5.6.1.2).
            if scanner.take(Octet.comma) { continue }
            if scanner.isAtEnd { break }
            guard let range = scanner.mediaRange(), range.type != "*" || range.subtype == "*",
                let parameters = scanner.parameters(), scanner.take(Octet.comma) || scanner.isAtEnd,
                let weight = weight(parameters)
            else { return false }
            // A range with parameters of its own is about a more special format than ours.
            guard parameters.isEmpty || parameters[0].name == "q" else { continue }
            html.consider(range, weight, for: ("text", "html"))
            json.consider(range, weight, for: ("application", "json"))
        } while !scanner.isAtEnd
        return html.weight > json.weight
    }

    /// The most specific range so far that covers a media type, and its weight in thousandths.
    private struct Match {
        var precision = 0
        var weight = 0

        mutating func consider(_ range: (String, String), _ weight: Int, for media: (String, String)) {
            let precision = range == media ? 3 : range == (media.0, "*") ? 2 : range == ("*", "*") ? 1 : 0
            guard precision > 0, precision >= self.precision else { return }
            self.weight = precision == self.precision ? max(weight, self.weight) : weight
            self.precision = precision
        }
    }

    /// The parameter `q`, in thousandths: 1 when there is none, nil when malformed.
    private static func weight(_ parameters: [FieldScanner.Parameter]) -> Int? {
        guard let parameter = parameters.first(where: { $0.name == "q" }) else { return 1_000 }
        return parameter.isQuoted ? nil : weight(parameter.raw)
    }

    /// `qvalue`: 0 or 1 with up to three decimals, and at most 1 (RFC 9110 §12.4.2).
    private static func weight(_ text: ArraySlice<UInt8>) -> Int? {
        guard (1...5).contains(text.count), let whole = text.first.flatMap(Octet.decimalValue), whole <= 1,
            text.count == 1 || text[text.startIndex + 1] == Octet.dot
        else { return nil }
        var weight = whole * 1_000
        var unit = 100
        for octet in text.dropFirst(2) {
            guard let digit = Octet.decimalValue(octet) else { return nil }
            weight += digit * unit
            unit /= 10
        }
        return weight <= 1_000 ? weight : nil
    }
}
