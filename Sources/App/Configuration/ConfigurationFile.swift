import FoundationEssentials
import Glibc

/// A configuration file, read into settings and values: every key at any depth is known.
enum ConfigurationFile {
    /// Longest file in octets; the full one has 5,000.
    static let longest = 1 << 20

    /// The settings of the file.
    ///
    /// `source` is who named it, for errors.
    static func read(
        _ path: String, namedBy source: ConfigurationSource
    ) throws(ConfigurationError) -> [(setting: Setting, value: ConfigurationValue)] {
        func refuse(_ why: String) -> ConfigurationError {
            ConfigurationError(
                key: "configuration file", value: .string(path),
                allowed: "a JSON5 file of sections; this one \(why)",
                source: source)
        }
        // Foundation refuses them too, and calls it a lack of permission.
        guard !isStream(path) else { throw refuse("is a pipe or a device") }
        let text: Data
        do {
            text = try Data(contentsOf: URL(filePath: path))
        } catch {
            let cause = (error as? CocoaError)?.userInfo["NSUnderlyingError"] as? POSIXError
            throw refuse(
                "cannot be read: " + (cause.map { systemMessage($0.code.rawValue) } ?? "no reason given"))
        }
        guard text.count <= longest else { throw refuse("is longer than \(longest) octets") }
        return try parse(text, path: path, refuse: refuse)
    }

    private static func isStream(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && [S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT)
    }

    private static func parse(
        _ text: Data, path: String, refuse: (String) -> ConfigurationError
    ) throws(ConfigurationError) -> [(setting: Setting, value: ConfigurationValue)] {
        // The decoder traps on a name without quotes that is not UTF-8.
        guard String(validating: text, as: UTF8.self) != nil else { throw refuse("is not UTF-8") }
        guard !hasMalformedHexadecimal(text) else { throw refuse("has a malformed hexadecimal number") }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let tree: ConfigurationValue
        do {
            tree = try decoder.decode(ConfigurationValue.self, from: text)
        } catch {
            throw refuse("is not valid JSON5")
        }
        guard case .object(let sections) = tree else { throw refuse("is not an object") }
        var found: [(setting: Setting, value: ConfigurationValue)] = []
        try collect(sections, below: "", path: path, into: &found)
        return found
    }

    /// Whether anywhere, also in a comment, `0x` and digits are followed by what a number may not go on with, or are too
    /// many for one: the decoder traps on some of these (`0x0x1`, `0x1e+`, `0x0.e+1`), and no setting needs any.
    private static func hasMalformedHexadecimal(_ text: Data) -> Bool {
        /// Hexadecimal digits since `0x`; nil outside of a number.
        var digits: Int?
        var last: UInt8 = 0
        for octet in text {
            let lower = octet | 0x20
            if last == UInt8(ascii: "0"), lower == UInt8(ascii: "x") {
                if digits != nil { return true }
                digits = 0
            } else if let count = digits {
                switch octet {
                case UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"): return true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digits = count + 1
                default:
                    if (UInt8(ascii: "g")...UInt8(ascii: "z")).contains(lower) { return true }
                    digits = (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lower) ? count + 1 : nil
                }
                // More than 60 bits.
                if count >= 15, digits != nil { return true }
            }
            last = octet
        }
        return false
    }

    private static func collect(
        _ fields: [String: ConfigurationValue], below section: String, path: String,
        into found: inout [(setting: Setting, value: ConfigurationValue)]
    ) throws(ConfigurationError) {
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let key = section + name
            // A name with a dot is not a path: `"server.port"` at the top would be a second place for one setting.
            if !name.contains("."), let setting = Setting.named(key) {
                found.append((setting, value))
            } else if !name.contains("."), Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) {
                guard case .object(let inner) = value else {
                    throw ConfigurationError(
                        key: key, value: value, allowed: "a section with \(names(below: key + "."))",
                        source: .file(path))
                }
                try collect(inner, below: key + ".", path: path, into: &found)
            } else {
                throw ConfigurationError(
                    key: key, value: nil, allowed: names(below: section), source: .file(path))
            }
        }
    }

    /// The names that may stand in a section, in the order of the table.
    private static func names(below section: String) -> String {
        var names: [Substring] = []
        for setting in Setting.all where setting.key.hasPrefix(section) {
            let name = setting.key.dropFirst(section.count).prefix { $0 != "." }
            if !names.contains(name) { names.append(name) }
        }
        return names.joined(separator: ", ")
    }

    private static func systemMessage(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
