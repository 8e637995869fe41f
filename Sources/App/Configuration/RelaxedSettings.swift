import Auth
import Crypto
import Mail

/// A setting that is fine for a trial on 127.0.0.1 and not in production.
public struct RelaxedSetting: Sendable, Equatable, CustomStringConvertible {
    /// The setting, such as `registration.open`.
    public let key: String
    /// What can happen.
    public let why: String
    /// What to set instead.
    public let remedy: String

    /// One line.
    public var description: String { "\(key): \(why); \(remedy)" }
}

/// The settings of this configuration that are not fit for production.
///
/// `config/production.json5` has none.
public func relaxedSettings(of configuration: Configuration) -> [RelaxedSetting] {
    rules.filter { $0.isRelaxed(configuration) }.map(\.setting)
}

private struct Rule: Sendable {
    let setting: RelaxedSetting
    let isRelaxed: @Sendable (Configuration) -> Bool

    init(
        _ key: String, _ why: String, _ remedy: String,
        _ isRelaxed: @escaping @Sendable (Configuration) -> Bool
    ) {
        setting = RelaxedSetting(key: key, why: why, remedy: remedy)
        self.isRelaxed = isRelaxed
    }
}

private let rules = [
    Rule("auth.filter", "every path is open to everyone", #"set it to "schemes" (or unset AUTH_TYPE)"#) {
        $0.auth.filter == .none
    },
    Rule("sessions.cookie.secure", "the cookie travels over plain HTTP", #"set it to "always", with TLS"#) {
        $0.sessions.cookie.secure != .always
    },
    Rule(
        "sessions.cookie.name", "another host of the domain can plant the cookie",
        #"set a name that begins with "__Host-""#
    ) { !$0.sessions.cookie.name.lowercased().hasPrefix("__host-") },
    Rule("registration.open", "anyone who reaches the server may register", "set it to false") {
        $0.registration.open
    },
    Rule(
        "registration.firstUserIsAdmin", "whoever registers first becomes administrator",
        "set it to false and use `sessiond user add --admin`"
    ) { $0.registration.firstUserIsAdmin && $0.registration.open },
    Rule("access.users", "every user may read, change and delete every other", #"set it to "self""#) {
        $0.access.users == .authenticated
    },
    Rule("login.uniformErrors", "a sign-in tells strangers which emails have accounts", "set it to true") {
        !$0.login.uniformErrors
    },
    Rule("passwords.minLength", "short passwords are soon guessed", "set 12 or more") {
        $0.passwords.minLength < 12
    },
    Rule("passwords.refuseCommon", "common passwords are guessed first", "set it to true") {
        !$0.passwords.refuseCommon
    },
    Rule(
        "passwords.hashMemoryKiB", "cheap hashes are soon cracked once stolen",
        "set 19456 or more, with 2 passes or more, or see `sessiond hash calibrate`"
    ) {
        $0.passwords.hashIterations < PasswordHashing.leastIterations(memoryKiB: $0.passwords.hashMemoryKiB)
    },
    Rule("rateLimits.enabled", "passwords may be guessed as fast as they are hashed", "set it to true") {
        !$0.rateLimits.enabled
    },
    Rule("reset.delivery", "whoever knows an email takes over its account", #"set it to "mail" or "off""#) {
        $0.reset.delivery == .response
    },
    Rule("mail.security", "tokens travel to the mail server in the clear", #"set it to "starttls""#) {
        guard $0.reset.delivery == .mail, $0.mail.security == .none, let server = MailServer($0.mail.server)
        else { return false }
        return !server.isImplicitlySecure && !isLoopbackOnly(server.host)
    },
    Rule(
        "metrics.listen", "whoever reaches any address of this machine can tell how busy the server is",
        "name a loopback or private address, or unix:path"
    ) { ListenPlace($0.metrics.listen)?.isEverywhere ?? false },
    Rule("log.audit", "nobody can tell afterwards who signed in and who tried", "set it to a file") {
        $0.log.audit == "off" || $0.log.audit == "stderr" && $0.log.quiet
    },
]
