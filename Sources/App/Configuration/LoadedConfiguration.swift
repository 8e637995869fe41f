/// What the command line says about the configuration.
public struct ConfigurationFlags: Sendable, Equatable {
    /// One flag that sets a setting.
    public struct Assignment: Sendable, Equatable {
        /// The setting, such as `server.port`.
        public let key: String
        /// The argument of the flag, as given.
        public let text: String
        /// Such as `--port`.
        public let flag: String
    }

    /// The argument of `--config`.
    public var file: String?
    /// The other flags, in order; of two for one setting the last wins.
    public var assignments: [Assignment] = []

    /// No flag.
    public init() {}
}

/// The configuration in force, and who set what.
public struct LoadedConfiguration: Sendable, Equatable {
    /// The settings.
    public private(set) var configuration = Configuration()
    /// The file that was read.
    public fileprivate(set) var file: String?
    /// Who set each setting that is not at its default by nobody's doing; by key.
    private var sources: [String: ConfigurationSource] = [:]

    /// Who set the setting with this key.
    public func source(of key: String) -> ConfigurationSource { sources[key] ?? .default }

    fileprivate mutating func set(
        _ setting: Setting, to value: ConfigurationValue, by source: ConfigurationSource
    ) throws(ConfigurationError) {
        guard setting.read(value, &configuration) else {
            throw ConfigurationError(key: setting.key, value: value, allowed: setting.allowed, source: source)
        }
        sources[setting.key] = source
    }
}

/// Puts the configuration together: flags win over the environment, that over the file, that over the defaults.
///
/// The file is the one that `--config`, or else `SESSIOND_CONFIG`, names; without either none is read.
public func loadConfiguration(
    flags: ConfigurationFlags = ConfigurationFlags(), environment: [String: String]
) throws(ConfigurationError) -> LoadedConfiguration {
    var loaded = LoadedConfiguration()
    if let (path, source) = fileToRead(flags: flags, environment: environment) {
        for (setting, value) in try ConfigurationFile.read(path, namedBy: source) {
            try loaded.set(setting, to: value, by: .file(path))
        }
        loaded.file = path
    }
    for assignment in try OriginalVariables.assignments(in: environment) {
        if let setting = Setting.named(assignment.key) {
            try loaded.set(setting, to: assignment.value, by: .environment(assignment.variable))
        }
    }
    try apply(environment, to: &loaded)
    for assignment in flags.assignments {
        if let setting = Setting.named(assignment.key) {
            try loaded.set(setting, to: setting.value(of: assignment.text), by: .flag(assignment.flag))
        }
    }
    if let (key, allowed) = conflict(in: loaded.configuration), let setting = Setting.named(key) {
        throw ConfigurationError(
            key: key, value: setting.show(loaded.configuration), allowed: allowed,
            source: loaded.source(of: key))
    }
    return loaded
}

private let fileVariable = "SESSIOND_CONFIG"

private func fileToRead(
    flags: ConfigurationFlags, environment: [String: String]
) -> (path: String, source: ConfigurationSource)? {
    if let path = flags.file { return (path, .flag("--config")) }
    return environment[fileVariable].map { ($0, .environment(fileVariable)) }
}

/// The `SESSIOND_` variables; one that belongs to no setting is refused.
private func apply(
    _ environment: [String: String], to loaded: inout LoadedConfiguration
) throws(ConfigurationError) {
    let settings = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
    for (name, text) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("SESSIOND_") && name != fileVariable && name != SealingKeyFile.variable {
        guard let setting = settings[name] else {
            // Those of the same section, or all: whichever helps to find the slip.
            let section = name.split(separator: "_").prefix(2).joined(separator: "_") + "_"
            let related = settings.keys.filter { $0.hasPrefix(section) }
            throw ConfigurationError(
                key: name, value: nil,
                allowed: (related.isEmpty ? settings.keys + [fileVariable] : related).sorted()
                    .joined(separator: ", "),
                source: .environment(name))
        }
        try loaded.set(setting, to: setting.value(of: text), by: .environment(name))
    }
}
