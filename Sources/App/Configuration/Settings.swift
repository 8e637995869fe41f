import Auth
import Crypto
import HTTP
import Mail
import Server

extension Setting {
    /// Every setting, in the order of the file.
    ///
    /// The file, the variables, the flags, `config show` and the tests all go by this table.
    static let all: [Setting] = [
        .string(
            "server.host", \.server.host, "Where to listen.",
            allowed: #"a name, an address, or "*" for every IPv4 and IPv6 address"#, where: isListenHost
        ).onRestart,
        .integer("server.port", \.server.port, 0...65_535, "Port to listen on; 0 takes a free one.")
            .onRestart,
        .integer("server.loops", \.server.loops, 0...256, "Event loops; 0 is one per core.").onRestart,
        .string(
            "server.socket", \.server.socket, "A Unix-domain socket to listen on as well; empty: none.",
            allowed: "a path of at most 107 octets, or empty",
            where: { $0.utf8.count <= UnixAddress.longestPath && !$0.utf8.contains(0) }
        ).onRestart,
        .string(
            "server.socketMode", \.server.socketMode, "Mode of that socket: who may connect.",
            allowed: "four octal digits from 0000 to 0777", where: { socketMode($0) != nil }
        ).onRestart,
        .choice(
            "server.replyPath", \.server.replyPath, "How answers reach the socket; library: libevent's way."
        ).onRestart,
        .integer(
            "server.drainTimeout", \.server.drainTimeout, 0...3_600, "Seconds to end requests at SIGTERM."),

        .string(
            "tls.certificate", \.tls.certificate, "PEM file: certificate, then its chain; \"\" is no TLS.",
            allowed: "a path, or empty", where: { !$0.utf8.contains(0) }),
        .string(
            "tls.key", \.tls.key, "PEM file: the key, without a passphrase.", allowed: "a path, or empty",
            where: { !$0.utf8.contains(0) }),
        .string(
            "tls.alternateCertificate", \.tls.alternateCertificate,
            "A second certificate, with another kind of key; \"\" is none.",
            allowed: "a path, or empty", where: { !$0.utf8.contains(0) }),
        .string(
            "tls.alternateKey", \.tls.alternateKey, "PEM file: the second certificate's key.",
            allowed: "a path, or empty", where: { !$0.utf8.contains(0) }),
        .integer("tls.port", \.tls.port, 0...65_535, "Port for TLS, at the same host; 0 takes a free one.")
            .onRestart,
        .integer(
            "tls.hsts", \.tls.hsts, 0...3_155_760_000,
            "Seconds browsers shall insist on TLS; 0 does not say."),
        .integer(
            "tls.ticketLifetime", \.tls.ticketLifetime, 1...604_800,
            "Seconds to resume a session in, and between ticket keys."),

        .integer(
            "limits.requestLine", \.limits.requestLine, 256...65_536, "Octets of a request line; past it 414."
        ),
        .integer(
            "limits.fieldBytes", \.limits.fieldBytes, 1_024...262_144, "Octets of all fields; past it 431."),
        .integer("limits.fieldCount", \.limits.fieldCount, 8...1_000, "Number of fields; past it 431."),
        .integer("limits.body", \.limits.body, 1_024...16_777_216, "Octets of a body; past it 413."),

        .integer(
            "connections.total", \.connections.total, 1...10_000_000, "Connections in all; past it 503."),
        .integer(
            "connections.perAddress", \.connections.perAddress, 1...10_000_000,
            "Connections from one IPv4 address or IPv6 /64."),
        .integer(
            "connections.requests", \.connections.requests, 1...1_000_000_000,
            "Requests on one connection."),

        .integer(
            "timeouts.head", \.timeouts.head, 1...3_600,
            "Seconds for the whole head of a request; past it 408."),
        .integer("timeouts.body", \.timeouts.body, 1...3_600, "Seconds for the whole body; past it 408."),
        .integer(
            "timeouts.bodyRate", \.timeouts.bodyRate, 0...1_000_000_000,
            "Octets a second of a body after 5 seconds."),
        .integer(
            "timeouts.idle", \.timeouts.idle, 1...86_400, "Seconds a connection may wait between requests."),
        .integer(
            "timeouts.idleUnderPressure", \.timeouts.idleUnderPressure, 1...86_400,
            "The same, once four fifths are taken."),
        .integer(
            "timeouts.handling", \.timeouts.handling, 1...3_600,
            "Seconds until an answer is there; past it 503."),
        .integer(
            "timeouts.writeStall", \.timeouts.writeStall, 1...3_600,
            "Seconds a client may take nothing of its answer."),

        .string(
            "data.file", \.data.file, "The one data file, made with mode 0600.",
            allowed: "a path that does not begin with a colon",
            where: { !$0.isEmpty && $0.first != ":" && !$0.utf8.contains(0) }
        ).onRestart,
        .string(
            "data.keyFile", \.data.keyFile,
            "The key for secrets in it, made with mode 0600; empty: <data.file>.key.",
            allowed: "a path", where: { !$0.utf8.contains(0) }
        ).onRestart,

        .choice("auth.filter", \.auth.filter, "Whether requests are checked at all; none opens every path."),
        .list(
            "auth.schemes", \.auth.schemes, "What requests prove themselves with.",
            allowed: #"a list of "session", "bearer", "basic", "digest""#,
            read: { Configuration.Scheme(rawValue: $0) }, show: \.rawValue),
        .list(
            "auth.openPaths", \.auth.openPaths, "What needs no proof.",
            allowed: #"a list of different "/path", "/prefix*", "POST|PUT /path", normalised"#,
            read: { OpenPath($0) }, show: \.description),
        .integer(
            "auth.basicCache.lifetime", \.auth.basicCache.lifetime, 0...3_600,
            "Seconds a password of Basic needs no new hash; 0: none."),
        .integer(
            "auth.basicCache.capacity", \.auth.basicCache.capacity, 16...1_000_000,
            "How many of them are kept."),

        .boolean("digest.allowMD5", \.digest.allowMD5, "Whether Digest is spoken with MD5 as well."),
        .integer(
            "digest.nonceLifetime", \.digest.nonceLifetime, 1...86_400,
            "Seconds for which a nonce of Digest can be used."),

        .list(
            "proxies.trusted", \.proxies.trusted, "Proxies whose word about clients is believed.",
            allowed: #"a list of different addresses, CIDR ranges, "unix""#,
            read: { TrustedProxy($0) }, show: \.description),
        .choice("proxies.fields", \.proxies.fields, "The fields they say it with; the others are ignored."),

        .list(
            "cors.origins", \.cors.origins, "Origins whose pages may use the API.",
            allowed: #"a list of different origins such as "https://host:8443""#,
            read: { WebOrigin(Array($0.utf8)[...]) }, show: \.description),

        .boolean("sessions.durable", \.sessions.durable, "Whether sessions survive a restart.").onRestart,
        .integer(
            "sessions.lifetime", \.sessions.lifetime, .min...3_155_760_000,
            "Seconds from sign-in to the end.",
            allowed: "a whole number up to 3155760000; 0 or less is for ever"),
        .integer(
            "sessions.idleTimeout", \.sessions.idleTimeout, 0...3_155_760_000,
            "Seconds since the last request; 0: the lifetime alone."),
        .integer(
            "sessions.remembered.lifetime", \.sessions.remembered.lifetime, 1...3_155_760_000,
            "The same of users who ask to be remembered."),
        .integer(
            "sessions.remembered.idleTimeout", \.sessions.remembered.idleTimeout, 0...3_155_760_000,
            "The same; 0: their lifetime alone."),
        .integer(
            "sessions.perUser", \.sessions.perUser, 1...1_000,
            "Sessions of one user; past it the oldest ends."),
        .integer(
            "sessions.reauthenticateAfter", \.sessions.reauthenticateAfter, 0...3_155_760_000,
            "Seconds of power over others and other sessions; 0: all."),
        .string(
            "sessions.cookie.name", \.sessions.cookie.name, "Name of the session cookie.",
            allowed: "1 to 64 letters, digits or any of !#$%&'*+-.^_`|~", where: isCookieName),
        .choice("sessions.cookie.secure", \.sessions.cookie.secure, "Secure cookies: auto is over TLS only."),

        .integer("apiKeys.perUser", \.apiKeys.perUser, 1...10_000, "API keys of one user; past it 409."),
        .integer(
            "appPasswords.perUser", \.appPasswords.perUser, 1...100,
            "App passwords of one user; past it 409."),

        .boolean("registration.open", \.registration.open, "Whether anyone may register over HTTP."),
        .boolean(
            "registration.firstUserIsAdmin", \.registration.firstUserIsAdmin,
            "Whether the first account ever becomes administrator."),
        .choice("access.users", \.access.users, "Whom a user may read and change: itself, or everyone."),
        .boolean(
            "login.uniformErrors", \.login.uniformErrors,
            "Hides from a failed sign-in whether the email exists."),

        .integer("passwords.minLength", \.passwords.minLength, 1...256, "Shortest password in octets."),
        .boolean(
            "passwords.refuseCommon", \.passwords.refuseCommon,
            "Refuses 100,000 common passwords and the own address."),
        .list(
            "passwords.words", \.passwords.words, "Names that do not count in the length.",
            allowed: "a list of different words of 3 to 64 octets", read: { isWord($0) ? $0 : nil },
            show: { $0 }),
        .integer(
            "passwords.hashMemoryKiB", \.passwords.hashMemoryKiB, 8...4_194_304,
            "Memory of one Argon2id hash in KiB."),
        .integer("passwords.hashIterations", \.passwords.hashIterations, 1...64, "Passes over that memory."),
        .integer(
            "passwords.workers", \.passwords.workers, 0...256,
            "Threads that hash; 0 leaves one core to the checks."
        ).onRestart,
        .integer("passwords.queue", \.passwords.queue, 1...100_000, "Hashes that wait at most; past it 503.")
            .onRestart,
        .integer(
            "passwords.memoryBudgetMiB", \.passwords.memoryBudgetMiB, 0...4_194_304,
            "MiB that all hashes at once may take; 0: what the workers need."),

        .boolean("rateLimits.enabled", \.rateLimits.enabled, "Whether there are rate limits at all."),
        .integer(
            "rateLimits.account.burst", \.rateLimits.account.burst, 1...1_000_000_000,
            "Failed sign-ins to one account at once."),
        .integer(
            "rateLimits.account.perHour", \.rateLimits.account.perHour, 1...3_600_000, "More of them an hour."
        ),
        .integer(
            "rateLimits.account.longestDelay", \.rateLimits.account.longestDelay, 1...86_400,
            "Seconds to which the delay past that doubles."),
        .integer(
            "rateLimits.source.burst", \.rateLimits.source.burst, 1...1_000_000_000,
            "Failures of one IPv4 address or IPv6 /64 at once."),
        .integer(
            "rateLimits.source.perHour", \.rateLimits.source.perHour, 1...3_600_000, "More of them an hour."),
        .integer(
            "rateLimits.requests.burst", \.rateLimits.requests.burst, 1...1_000_000_000,
            "Registrations and reset requests of one at once."),
        .integer(
            "rateLimits.requests.perHour", \.rateLimits.requests.perHour, 1...3_600_000,
            "More of them an hour."),
        .integer(
            "rateLimits.resets.burst", \.rateLimits.resets.burst, 1...1_000_000_000,
            "Reset requests for one account at once."),
        .integer(
            "rateLimits.resets.perHour", \.rateLimits.resets.perHour, 1...3_600_000, "More of them an hour."),
        .integer(
            "rateLimits.global.burst", \.rateLimits.global.burst, 1...1_000_000_000,
            "Failures of all unknown devices at once."),
        .integer(
            "rateLimits.global.perHour", \.rateLimits.global.perHour, 1...3_600_000, "More of them an hour."),

        .integer(
            "reset.tokenLifetime", \.reset.tokenLifetime, 60...86_400, "Seconds a reset token is good for."),
        .choice(
            "reset.delivery", \.reset.delivery,
            "How tokens travel: in the answer, by mail, or not at all."),
        .string(
            "reset.link", \.reset.link, "Link in the mail; \"\" shows the token alone.",
            allowed: "a URL with {token}, and {email} if wanted, or empty", where: isLink),

        .string(
            "tokens.issuer", \.tokens.issuer, "Who says it made the tokens (iss).",
            allowed: "a text of 1 to 256 octets", where: isClaim),
        .string(
            "tokens.audience", \.tokens.audience, "Whom they are for (aud).",
            allowed: "a text of 1 to 256 octets", where: isClaim),
        .integer("tokens.lifetime", \.tokens.lifetime, 30...3_600, "Seconds an access token is good for."),
        .choice("tokens.algorithm", \.tokens.algorithm, "What new keys sign with."),
        .choice(
            "tokens.verification", \.tokens.verification,
            "checked: the session must be live; stateless: signature and clock."),
        .integer(
            "tokens.refreshGrace", \.tokens.refreshGrace, 0...300,
            "Seconds in which a replaced refresh token gets the same new one."),
        .integer(
            "tokens.rotation.interval", \.tokens.rotation.interval, 0...3_155_760_000,
            "Seconds a key signs; 0: until `sessiond key rotate`."),
        .integer(
            "tokens.rotation.lead", \.tokens.rotation.lead, 0...86_400,
            "Seconds a new key is public before it signs."),

        .string(
            "mail.server", \.mail.server, "The mail server, for reset.delivery \"mail\".",
            allowed: "smtp://host:port, smtps://host:port, or empty",
            where: { $0.isEmpty || MailServer($0) != nil }),
        .choice(
            "mail.security", \.mail.security,
            "STARTTLS with smtp://, or nothing is sent; none is plain text."),
        .string(
            "mail.user", \.mail.user, "Whom to sign in there as; \"\" is nobody.",
            allowed: "a name without control characters, or empty", where: isLine),
        .string(
            "mail.passwordFile", \.mail.passwordFile, "File whose first line is the password for that.",
            allowed: "a path, or empty", where: isLine),
        .string(
            "mail.from", \.mail.from, "The sender.", allowed: "an email address, or empty",
            where: { $0.isEmpty || Mailbox($0) != nil }),
        .string(
            "mail.authorities", \.mail.authorities,
            "PEM file of authorities for its certificate; \"\": the system's.",
            allowed: "a path, or empty", where: isLine),
        .string(
            "mail.templates", \.mail.templates, "Folder of texts in place of the built-in ones; \"\": none.",
            allowed: "a path, or empty", where: isLine),
        .string(
            "mail.confirmationLink", \.mail.confirmationLink,
            "Link to confirm a new address; \"\": the token.",
            allowed: "a URL with {token}, and {email} if wanted, or empty", where: isLink),

        .string(
            "metrics.listen", \.metrics.listen,
            "Answers /metrics, /livez, /readyz to anybody.",
            allowed: "host:port, [address]:port, unix:path, or empty",
            where: { $0.isEmpty || ListenPlace($0) != nil }
        ).onRestart,

        .choice("log.format", \.log.format, "Look of the log lines on stderr; auto is text.").onRestart,
        .boolean("log.quiet", \.log.quiet, "Only warnings and errors, no line a request."),
        .string(
            "log.audit", \.log.audit, "Where a line for each security event goes.",
            allowed: #""stderr", "off", or the path of a file with a "/""#,
            where: { ["stderr", "off"].contains($0) || $0.utf8.contains(0x2f) && !$0.utf8.contains(0) }
        ).onRestart,
    ]

    /// The setting with this key.
    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }
}

/// A token (RFC 6265 §4.1.1, RFC 9110 §5.6.2) of reasonable length.
private func isCookieName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}

/// The mode that four octal digits mean; nil: none, or with a bit beyond permissions.
func socketMode(_ text: String) -> UInt32? {
    guard text.utf8.count == 4, text.utf8.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
}

/// Something that people call a product or a place, in one word.
private func isWord(_ text: String) -> Bool {
    (3...64).contains(text.utf8.count) && isLine(text) && !text.contains(" ")
}

/// What can be an issuer or an audience.
private func isClaim(_ text: String) -> Bool { (1...256).contains(text.utf8.count) && isLine(text) }

/// A text without line ends and other control characters.
private func isLine(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }

/// Where a mail may lead: printable ASCII without spaces, with the place of the token.
private func isLink(_ link: String) -> Bool {
    link.isEmpty
        || (link.hasPrefix("https://") || link.hasPrefix("http://")) && link.contains("{token}")
            && link.utf8.count <= 512 && link.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
}

/// Checks that need more than one setting.
func conflict(in configuration: Configuration) -> (key: String, allowed: String)? {
    let name = configuration.sessions.cookie.name.lowercased()
    // Browsers drop such a cookie without Secure (RFC 6265bis §4.1.3).
    if name.hasPrefix("__host-") || name.hasPrefix("__secure-"),
        configuration.sessions.cookie.secure != .always
    {
        return (
            "sessions.cookie.name",
            #"a name with __Host- or __Secure- only while sessions.cookie.secure is "always""#
        )
    }
    if name == SessionCookies.plainDeviceName || name == "__host-" + SessionCookies.plainDeviceName {
        return ("sessions.cookie.name", "any other name: this one is the cookie of known devices")
    }
    if configuration.digest.allowMD5, !MD5.isAvailable {
        return ("digest.allowMD5", "false: OpenSSL has no MD5 on this system")
    }
    if configuration.tls.certificate.isEmpty != configuration.tls.key.isEmpty {
        return ("tls.key", "a path exactly when tls.certificate is one")
    }
    if configuration.tls.alternateCertificate.isEmpty != configuration.tls.alternateKey.isEmpty {
        return ("tls.alternateKey", "a path exactly when tls.alternateCertificate is one")
    }
    if configuration.tls.certificate.isEmpty, !configuration.tls.alternateCertificate.isEmpty {
        return ("tls.alternateCertificate", "a path only beside tls.certificate")
    }
    let passwords = configuration.passwords
    if passwords.memoryBudgetMiB > 0, passwords.memoryBudgetMiB * 1_024 < passwords.hashMemoryKiB {
        return ("passwords.memoryBudgetMiB", "0, or at least the \(passwords.hashMemoryKiB) KiB of one hash")
    }
    if configuration.reset.delivery == .mail {
        if configuration.mail.server.isEmpty {
            return ("mail.server", #"a mail server when reset.delivery is "mail""#)
        }
        if configuration.mail.from.isEmpty {
            return ("mail.from", #"an address when reset.delivery is "mail""#)
        }
        if configuration.mail.user.isEmpty != configuration.mail.passwordFile.isEmpty {
            return ("mail.passwordFile", "a path exactly when mail.user is a name")
        }
    }
    return nil
}
