extension LoadedConfiguration {
    /// The configuration in force as JSON5, each value with its source as a comment.
    ///
    /// For `config show`.
    public func shown() -> String {
        configurationDocument(configuration) { setting in
            let waits = setting.needsRestart ? "; needs a restart" : ""
            return (above: nil, behind: source(of: setting.key).description + waits)
        }
    }
}

extension Configuration {
    /// `config/sessiond.json5`: every setting at its default, with its comment.
    static func documented() -> String {
        """
        // Every setting of sessiond at its default. Flags win over the environment (SESSIOND_SERVER_PORT for
        // server.port), the environment over this file. `sessiond config check` reads it without starting.

        """
            + configurationDocument(Configuration()) { setting in
                (
                    above: "\(setting.comment) Allowed: \(setting.allowed).",
                    behind: setting.needsRestart ? "needs a restart" : nil
                )
            }
    }
}

/// All settings as one JSON5 object, a section an indented object, with comments.
private func configurationDocument(
    _ configuration: Configuration, comments: (Setting) -> (above: String?, behind: String?)
) -> String {
    var lines = ["{"]
    var open: [Substring] = []
    for setting in Setting.all {
        let sections = setting.key.split(separator: ".").dropLast()
        while !sections.starts(with: open) {
            open.removeLast()
            lines.append(indentation(open.count) + "},")
        }
        for section in sections.dropFirst(open.count) {
            lines.append(indentation(open.count) + "\(section): {")
            open.append(section)
        }
        let comment = comments(setting)
        let margin = indentation(open.count)
        if let above = comment.above { lines.append("\(margin)// \(above)") }
        let name = setting.key.split(separator: ".").last ?? ""
        let value = text(of: setting.show(configuration), margin: margin)
        lines.append("\(margin)\(name): \(value),\(comment.behind.map { "  // \($0)" } ?? "")")
    }
    while !open.isEmpty {
        open.removeLast()
        lines.append(indentation(open.count) + "},")
    }
    return (lines + ["}", ""]).joined(separator: "\n")
}

private func indentation(_ depth: Int) -> String { String(repeating: " ", count: 4 * (depth + 1)) }

/// A value; a list of more than three items an item a line.
private func text(of value: ConfigurationValue, margin: String) -> String {
    guard case .list(let items) = value, items.count > 3 else { return value.text(longest: .max) }
    return "[\n" + items.map { "\(margin)    \($0.text(longest: .max)),\n" }.joined() + "\(margin)]"
}
