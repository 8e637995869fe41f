import Telemetry

/// Where a value came from.
public enum ConfigurationSource: Sendable, Equatable, CustomStringConvertible {
    case `default`
    /// The file with this path.
    case file(String)
    /// The variable with this name.
    case environment(String)
    /// The flag with this name.
    case flag(String)

    /// `default`, `file x.json5`, `environment SESSIOND_…`, `flag --…`; always one line.
    public var description: String {
        switch self {
        case .default: "default"
        case .file(let path): "file \(LogText.escaped(path))"
        case .environment(let name): "environment \(LogText.escaped(name))"
        case .flag(let name): "flag \(name)"
        }
    }
}

/// A configuration that cannot be: the server refuses to start with it.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The setting, such as `server.port`; or the variable or flag, where it is none.
    public let key: String
    /// What it was set to, as JSON; nil for an unknown key, where it may be a secret.
    public let value: String?
    /// What it may be.
    public let allowed: String
    /// Who set it.
    public let source: ConfigurationSource

    init(key: String, value: ConfigurationValue?, allowed: String, source: ConfigurationSource) {
        self.key = key
        self.value = value?.text()
        self.allowed = allowed
        self.source = source
    }

    /// One line.
    public var description: String {
        let key = LogText.escaped(key)
        return if let value {
            "\(key) is \(value) (\(source)); allowed: \(allowed)"
        } else {
            "\(key) is not a setting (\(source)); allowed: \(allowed)"
        }
    }
}
