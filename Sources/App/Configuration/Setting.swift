/// One setting: what it is called everywhere, what it may be, and where it lives in `Configuration`.
struct Setting: Sendable {
    /// How a text, from a variable or a flag, becomes a value.
    enum Form: Sendable {
        case integer, boolean, string, list
    }

    /// The path in the file, such as `passwords.minLength`.
    let key: String
    /// One line for the file.
    let comment: String
    /// What is allowed, for the file and for errors.
    let allowed: String
    let form: Form
    /// Puts a value in its place.
    ///
    /// False: it is not allowed.
    let read: @Sendable (ConfigurationValue, inout Configuration) -> Bool
    /// The value in its place.
    let show: @Sendable (Configuration) -> ConfigurationValue
    /// Whether a change waits for a restart; the others hold after SIGHUP.
    private(set) var needsRestart = false

    /// One word each, whatever their capitals.
    private static let words = ["KiB", "MiB", "MD5"]

    /// The name of the environment variable, such as `SESSIOND_PASSWORDS_MIN_LENGTH`.
    var variable: String {
        var name = "SESSIOND_"
        for character in Self.words.reduce(
            key, { $0.replacing($1, with: $1.prefix(1) + $1.dropFirst().lowercased()) })
        {
            if character.isUppercase { name += "_" }
            name += character == "." ? "_" : character.uppercased()
        }
        return name
    }

    /// The same setting, but for good once the server runs.
    var onRestart: Setting {
        var setting = self
        setting.needsRestart = true
        return setting
    }

    /// The value that a text stands for.
    ///
    /// A text that does not fit stays a string, which `read` refuses.
    func value(of text: String) -> ConfigurationValue {
        switch form {
        case .integer: Int(text).map(ConfigurationValue.integer) ?? .string(text)
        case .boolean: text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        case .string: .string(text)
        case .list:
            text.isEmpty
                ? .list([])
                : .list(
                    text.split(separator: ",", omittingEmptySubsequences: false).map {
                        .string(String($0.drop { $0 == " " }.trimmedEnd))
                    })
        }
    }
}

extension Setting {
    typealias Place<Value> = any WritableKeyPath<Configuration, Value> & Sendable

    static func integer(
        _ key: String, _ place: Place<Int>, _ range: ClosedRange<Int>, _ comment: String,
        allowed: String? = nil
    ) -> Setting {
        Setting(
            key: key, comment: comment,
            allowed: allowed ?? "a whole number from \(range.lowerBound) to \(range.upperBound)",
            form: .integer,
            read: { value, configuration in
                guard case .integer(let number) = value, range.contains(number) else { return false }
                configuration[keyPath: place] = number
                return true
            },
            show: { .integer($0[keyPath: place]) })
    }

    static func boolean(_ key: String, _ place: Place<Bool>, _ comment: String) -> Setting {
        Setting(
            key: key, comment: comment, allowed: "true or false", form: .boolean,
            read: { value, configuration in
                guard case .bool(let flag) = value else { return false }
                configuration[keyPath: place] = flag
                return true
            },
            show: { .bool($0[keyPath: place]) })
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ place: Place<Choice>, _ comment: String
    ) -> Setting {
        Setting(
            key: key, comment: comment,
            allowed: Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "), form: .string,
            read: { value, configuration in
                guard case .string(let word) = value, let choice = Choice(rawValue: word) else {
                    return false
                }
                configuration[keyPath: place] = choice
                return true
            },
            show: { .string($0[keyPath: place].rawValue) })
    }

    static func string(
        _ key: String, _ place: Place<String>, _ comment: String, allowed: String,
        where isAllowed: @escaping @Sendable (String) -> Bool
    ) -> Setting {
        Setting(
            key: key, comment: comment, allowed: allowed, form: .string,
            read: { value, configuration in
                guard case .string(let text) = value, isAllowed(text) else { return false }
                configuration[keyPath: place] = text
                return true
            },
            show: { .string($0[keyPath: place]) })
    }

    /// A list of different items, each of which has a text.
    static func list<Item: Hashable & Sendable>(
        _ key: String, _ place: Place<[Item]>, _ comment: String, allowed: String,
        read: @escaping @Sendable (String) -> Item?, show: @escaping @Sendable (Item) -> String
    ) -> Setting {
        Setting(
            key: key, comment: comment, allowed: allowed, form: .list,
            read: { value, configuration in
                guard case .list(let values) = value else { return false }
                var items: [Item] = []
                for case .string(let text) in values {
                    guard let item = read(text), !items.contains(item) else { return false }
                    items.append(item)
                }
                guard items.count == values.count else { return false }
                configuration[keyPath: place] = items
                return true
            },
            show: { .list($0[keyPath: place].map { .string(show($0)) }) })
    }
}

extension Substring {
    fileprivate var trimmedEnd: Substring {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
