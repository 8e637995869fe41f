/// Figures in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
public struct MetricsText: Sendable {
    /// What a family of figures is.
    public enum Kind: String, Sendable {
        /// Only grows, from the start of the process; its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts by bounds.
        case histogram
    }

    /// What has been written, in UTF-8.
    public private(set) var octets: [UInt8] = []
    private var name = ""

    /// Nothing yet.
    public init() {}

    /// Begins a family; what is added next belongs to it.
    public mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        append("# HELP \(name) ")
        append(help, escapingQuotes: false)
        append("\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// A family of one figure.
    public mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        begin(name, kind, help)
        add(value)
    }

    /// A figure of the family.
    public mutating func add(_ value: Int, _ labels: KeyValuePairs<String, String> = [:]) {
        append(name, labels)
        append(" \(value)\n")
    }

    /// A figure of the family, in seconds.
    public mutating func add(nanoseconds: Int, _ labels: KeyValuePairs<String, String> = [:]) {
        append(name, labels)
        append(" ")
        append(seconds: nanoseconds)
        append("\n")
    }

    /// A histogram of the family, in seconds.
    public mutating func add(_ reading: Histogram.Reading, _ labels: KeyValuePairs<String, String> = [:]) {
        var count = 0
        for (bucket, more) in reading.counts.enumerated() {
            count += more
            append("\(name)_bucket", labels, bound: bucket)
            append(" \(count)\n")
        }
        append("\(name)_sum", labels)
        append(" ")
        append(seconds: reading.nanoseconds)
        append("\n")
        append("\(name)_count", labels)
        append(" \(count)\n")
    }

    private mutating func append(
        _ name: String, _ labels: KeyValuePairs<String, String>, bound bucket: Int? = nil
    ) {
        append(name)
        guard !labels.isEmpty || bucket != nil else { return }
        var separator = "{"
        for (label, value) in labels {
            append("\(separator)\(label)=\"")
            append(value, escapingQuotes: true)
            append("\"")
            separator = ","
        }
        if let bucket {
            append("\(separator)le=\"")
            if bucket < Histogram.bounds.count {
                append(seconds: Histogram.bounds[bucket])
            } else {
                append("+Inf")
            }
            append("\"")
        }
        append("}")
    }

    /// Exactly, without an exponent.
    private mutating func append(seconds nanoseconds: Int) {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        append(nanoseconds < 0 ? "-\(whole)" : "\(whole)")
        guard rest > 0 else { return }
        var digits = "\(1_000_000_000 + rest)".utf8.dropFirst()
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        octets.append(UInt8(ascii: "."))
        octets += digits
    }

    /// Line ends would end the line; quotes, in a label, its value.
    private mutating func append(_ text: String, escapingQuotes: Bool) {
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where escapingQuotes: append("\\\"")
            default: octets.append(octet)
            }
        }
    }

    private mutating func append(_ text: String) {
        octets += text.utf8
    }
}
