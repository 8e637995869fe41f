/// The variables of the programs that first had these routes (docs/CONFIGURATION.md), as settings.
///
/// They count as environment; a `SESSIOND_` variable for the same thing wins.
enum OriginalVariables {
    /// What one variable sets.
    struct Assignment {
        let key: String
        let value: ConfigurationValue
        let variable: String
    }

    /// All that they say.
    ///
    /// `AUTH_TYPE` comes first, so that `SESSION_DURATION` overrides what it implies.
    static func assignments(in environment: [String: String]) throws(ConfigurationError) -> [Assignment] {
        var assignments = try authentication(in: environment)
        for (variable, key) in [
            ("API_HOST", "server.host"), ("API_PORT", "server.port"),
            ("SESSION_NAME", "sessions.cookie.name"),
            ("SESSION_DURATION", "sessions.lifetime"),
        ] {
            if let text = environment[variable], let setting = Setting.named(key) {
                assignments.append(Assignment(key: key, value: setting.value(of: text), variable: variable))
                if key == "sessions.lifetime" {
                    // It is the whole life of a session, used or not.
                    assignments.append(
                        Assignment(key: "sessions.idleTimeout", value: .integer(0), variable: variable))
                }
            }
        }
        return assignments
    }

    private static func authentication(
        in environment: [String: String]
    ) throws(ConfigurationError) -> [Assignment] {
        let variable = "AUTH_TYPE"
        guard let word = environment[variable] else { return [] }
        guard let type = AuthenticationType(rawValue: word) else {
            throw ConfigurationError(
                key: variable, value: .string(word),
                allowed: AuthenticationType.allCases.map(\.rawValue).joined(separator: ", "),
                source: .environment(variable))
        }
        var values: [(String, ConfigurationValue)] = []
        // Whoever names schemes by SESSIOND_AUTH_SCHEMES wants them: AUTH_TYPE=none must not undo the filter.
        if Setting.named("auth.schemes").flatMap({ environment[$0.variable] }) == nil {
            values.append(("auth.filter", .string(type.filter.rawValue)))
            values.append(("auth.schemes", .list(type.schemes.map { .string($0.rawValue) })))
        }
        if let durable = type.durable { values.append(("sessions.durable", .bool(durable))) }
        // The original's plain sessions never expire; SESSION_DURATION, which comes after, may say otherwise.
        if type == .session { values.append(("sessions.lifetime", .integer(0))) }
        // Nor did any of them know an idle timeout.
        if type.durable != nil { values.append(("sessions.idleTimeout", .integer(0))) }
        return values.map { Assignment(key: $0.0, value: $0.1, variable: variable) }
    }
}
