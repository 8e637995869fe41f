public import Auth
public import Crypto
public import HTTP
public import Mail
public import Server

/// Everything that can be set, at its default: right for a trial on 127.0.0.1.
///
/// What each setting means, allows and is called stands in `Settings.swift`.
public struct Configuration: Sendable, Equatable {
    /// Where to listen.
    public var server = Server()
    /// Where to listen with TLS.
    public var tls = TLS()
    /// What a request may be at most.
    public var limits = RequestLimits()
    /// How many connections there may be.
    public var connections = ConnectionLimits()
    /// How long a client, and a handler, may take.
    public var timeouts = Timeouts()
    /// The data file.
    public var data = DataFile()
    /// How requests prove who sent them.
    public var auth = Authentication()
    /// How Digest is spoken.
    public var digest = Digesting()
    /// Whose word about clients is believed.
    public var proxies = Proxies()
    /// Which other origins may use the API in browsers.
    public var cors = CORS()
    /// How sessions live.
    public var sessions = Sessions()
    /// How many API keys there may be.
    public var apiKeys = Credentials(perUser: 100)
    /// How many app passwords there may be.
    public var appPasswords = Credentials(perUser: 20)
    /// Who may register.
    public var registration = Registration()
    /// Who may read and change users.
    public var access = Access()
    /// What a failed sign-in tells.
    public var login = Login()
    /// What passwords must be.
    public var passwords = Passwords()
    /// How often passwords and other things may be tried.
    public var rateLimits = RateLimiting()
    /// How a forgotten password is replaced.
    public var reset = Reset()
    /// Tokens in the place of a cookie.
    public var tokens = Tokens()
    /// How mail leaves.
    public var mail = Mailing()
    /// Who can ask for figures.
    public var metrics = Metering()
    /// What the log looks like.
    public var log = Log()

    /// The defaults.
    public init() {}

    /// API keys, or app passwords.
    public struct Credentials: Sendable, Equatable {
        /// Of one user.
        public var perUser: Int
    }

    /// Where to listen, with how many loops.
    public struct Server: Sendable, Equatable {
        /// A name, an address, or "*": every IPv4 and IPv6 address.
        public var host = "127.0.0.1"
        /// 0: a free one.
        public var port = 5_000
        /// 0: one per core.
        public var loops = 0
        /// The path of a Unix-domain socket to listen on as well; empty: none.
        public var socket = ""
        /// The mode of its file, in octal.
        public var socketMode = "0660"
        /// How answers leave.
        public var replyPath = ReplyPath.fast
        /// Seconds that open requests get after SIGTERM.
        public var drainTimeout = 10
    }

    /// TLS on a port of its own, at the same hosts.
    public struct TLS: Sendable, Equatable {
        /// Path of the certificate with its chain, PEM; empty: no TLS.
        public var certificate = ""
        /// Path of its key.
        public var key = ""
        /// Path of a certificate with a key of another kind, for clients that do not know the first; empty: none.
        public var alternateCertificate = ""
        /// Path of its key.
        public var alternateKey = ""
        /// 0: a free one.
        public var port = 5_443
        /// Seconds for which browsers shall come back with TLS only; 0: as they like.
        public var hsts = 0
        /// Seconds for which a session can be resumed.
        public var ticketLifetime = 7_200

        /// Whether there is TLS.
        public var isOn: Bool { !certificate.isEmpty }
    }

    /// The one file.
    public struct DataFile: Sendable, Equatable {
        /// Its path; a relative one counts from the working directory.
        public var file = "./sessiond.db"
        /// The file with the key that seals secrets in it; empty: its own path with `.key` behind it.
        public var keyFile = ""
    }

    /// How requests prove who sent them.
    public struct Authentication: Sendable, Equatable {
        /// Whether there is a filter at all.
        public var filter = Filter.schemes
        /// The schemes that count, while there is a filter.
        public var schemes = [Scheme.session, .bearer]
        /// What Basic remembers.
        public var basicCache = BasicCache()
        /// What the filter lets through unseen (docs/CONFIGURATION.md).
        public var openPaths = OpenPath.originals

        /// Both of these in one word.
        public var mode: AuthenticationMode { filter == .none ? .unprotected : .protected(schemes) }
    }

    /// Passwords of Basic that were verified a short while ago.
    public struct BasicCache: Sendable, Equatable {
        /// Seconds; 0: each request costs a hash.
        public var lifetime = 300
        /// How many.
        public var capacity = 10_000
    }

    /// How Digest is spoken (RFC 7616).
    public struct Digesting: Sendable, Equatable {
        /// Whether clients may use MD5 as well.
        public var allowMD5 = false
        /// Seconds for which a nonce can be used.
        public var nonceLifetime = 300
    }

    /// Whether the before-request filter is there.
    public enum Filter: String, Sendable, CaseIterable {
        /// It is, and asks the schemes.
        case schemes
        /// It is not: every path is open.
        case none
    }

    /// What a request can prove itself with.
    public enum Scheme: String, Sendable, CaseIterable {
        /// The session cookie.
        case session
        /// A signed access token (RFC 6750).
        case bearer
        /// HTTP Basic (RFC 7617).
        case basic
        /// HTTP Digest (RFC 7616), with app passwords.
        case digest
    }

    /// Whose word about clients is believed, and how it is given.
    public struct Proxies: Sendable, Equatable {
        /// Who is believed.
        public var trusted: [TrustedProxy] = []
        /// The fields that are read.
        public var fields = ForwardingFields.xForwarded
    }

    /// Which other origins may use the API in browsers (CORS).
    public struct CORS: Sendable, Equatable {
        /// Empty: none.
        public var origins: [WebOrigin] = []
    }

    /// How sessions live and what their cookie is like.
    public struct Sessions: Sendable, Equatable {
        /// Whether they survive a restart.
        public var durable = true
        /// Seconds from sign-in; 0 or less: for ever.
        public var lifetime = 43_200
        /// Seconds since the last request; 0: the lifetime alone counts.
        public var idleTimeout = 7_200
        /// The same for users who ask to be remembered.
        public var remembered = Remembered()
        /// Sessions of one user; past it the oldest ends.
        public var perUser = 20
        /// Seconds since sign-in after which others' accounts and other sessions need a new one; 0: never.
        public var reauthenticateAfter = 0
        /// What carries the token.
        public var cookie = Cookie()

        /// All of it in Auth's terms.
        var policy: SessionPolicy {
            func span(_ seconds: Int) -> Duration? { seconds > 0 ? .seconds(seconds) : nil }
            return SessionPolicy(
                lifetime: span(lifetime), idleTimeout: span(idleTimeout),
                rememberedLifetime: .seconds(remembered.lifetime),
                rememberedIdleTimeout: span(remembered.idleTimeout), isDurable: durable, mostPerUser: perUser)
        }
    }

    /// How sessions of users live who ask to be remembered.
    public struct Remembered: Sendable, Equatable {
        /// Seconds from sign-in, also as the cookie's `Max-Age`.
        public var lifetime = 2_592_000
        /// Seconds since the last request; 0: the lifetime alone counts.
        public var idleTimeout = 1_209_600
    }

    /// The session cookie.
    public struct Cookie: Sendable, Equatable {
        /// A token (RFC 6265 §4.1.1).
        public var name = "session_id"
        /// When it has the attribute `Secure`.
        public var secure = SecureCookies.auto
    }

    /// When the session cookie is `Secure`.
    public enum SecureCookies: String, Sendable, CaseIterable {
        /// When the request came over TLS, or a trusted proxy says so.
        case auto
        /// Whatever the request came over.
        case always
    }

    /// Who may register.
    public struct Registration: Sendable, Equatable {
        /// Whether anyone may, over HTTP.
        public var open = true
        /// Whether the first account ever becomes administrator.
        public var firstUserIsAdmin = true
    }

    /// Who may read and change users.
    public struct Access: Sendable, Equatable {
        /// Whom a user who is no administrator may read and change.
        public var users = AccessRules.own
    }

    /// What a failed sign-in tells.
    public struct Login: Sendable, Equatable {
        /// Whether an unknown email and a wrong password look alike.
        public var uniformErrors = true
    }

    /// What passwords must be, and what hashing them costs.
    public struct Passwords: Sendable, Equatable {
        /// Octets.
        public var minLength = 5
        /// Whether the most common ones, and the user's address, are refused.
        public var refuseCommon = true
        /// Names that do not count in the length: of the product, the organisation, its places.
        public var words: [String] = []
        /// Memory of one Argon2id hash, in KiB; the default is OWASP's first choice.
        public var hashMemoryKiB = 19_456
        /// Passes over that memory.
        public var hashIterations = 2
        /// Threads that hash; 0: one fewer than cores, at least one.
        public var workers = 0
        /// Sign-ins that wait at most; past it 503.
        public var queue = 512
        /// MiB that all hashes of one moment take together; 0: what the workers need, at least 128.
        public var memoryBudgetMiB = 0

        /// The least budget that is worked out: hashes that were made with more memory than today's verify too.
        private static let leastBudgetMiB = 128

        /// The budget in KiB with so many workers.
        func memoryBudgetKiB(threads: Int) -> Int {
            memoryBudgetMiB > 0
                ? memoryBudgetMiB * 1_024 : max(threads * hashMemoryKiB, Self.leastBudgetMiB * 1_024)
        }
    }

    /// How a forgotten password is replaced.
    public struct Reset: Sendable, Equatable {
        /// Seconds.
        public var tokenLifetime = 900
        /// How the token travels.
        public var delivery = Delivery.response
        /// Where a mail leads, with `{token}` and perhaps `{email}`; empty: it shows the token alone.
        public var link = ""
    }

    /// Tokens in the place of a cookie.
    public struct Tokens: Sendable, Equatable {
        /// `iss`.
        public var issuer = "sessiond"
        /// `aud`.
        public var audience = "sessiond"
        /// Seconds.
        public var lifetime = 600
        /// What new keys sign with.
        public var algorithm = SignatureAlgorithm.edDSA
        /// What this server holds them against.
        public var verification = TokenPolicy.Verification.checked
        /// Seconds.
        public var refreshGrace = 30
        /// When there is another key.
        public var rotation = Rotation()

        /// When there is another key.
        public struct Rotation: Sendable, Equatable {
            /// Seconds that a key signs; 0: until somebody asks.
            public var interval = 7_776_000
            /// Seconds that a new key is public before it signs.
            public var lead = 900
        }

        /// All of it in Auth's terms.
        var policy: TokenPolicy {
            var policy = TokenPolicy()
            policy.issuer = issuer
            policy.audience = audience
            policy.lifetime = .seconds(lifetime)
            policy.algorithm = algorithm
            policy.verification = verification
            policy.rotationInterval = rotation.interval > 0 ? .seconds(rotation.interval) : nil
            policy.lead = .seconds(rotation.lead)
            return policy
        }
    }

    /// How a reset token reaches its user.
    public enum Delivery: String, Sendable, CaseIterable {
        /// In the answer, as the original did: whoever asks gets it.
        case response
        /// By mail to the address of the account.
        case mail
        /// Not at all: asking is refused.
        case off
    }

    /// How mail leaves.
    public struct Mailing: Sendable, Equatable {
        /// `smtp://host:port`, or `smtps://host:port` for TLS from the first octet.
        public var server = ""
        /// How a connection to `smtp://` is protected.
        public var security = MailServer.Security.starttls
        /// Whom to sign in as; empty: nobody.
        public var user = ""
        /// The path of a file whose first line is the password for that.
        public var passwordFile = ""
        /// The sender's address.
        public var from = ""
        /// A PEM file of authorities for the server's certificate; empty: the system's.
        public var authorities = ""
        /// A folder of texts that replace the built-in ones; empty: none.
        public var templates = ""
        /// Where a mail leads that confirms another address.
        public var confirmationLink = ""
    }

    /// Who can ask for figures.
    public struct Metering: Sendable, Equatable {
        /// `host:port`, `[address]:port` or `unix:path` of a listener for them alone; empty: none.
        public var listen = ""
    }

    /// What the log looks like.
    public struct Log: Sendable, Equatable {
        /// Text or JSON.
        public var format = LogLayout.auto
        /// Only warnings and errors.
        public var quiet = false
        /// "stderr", "off", or the path of a file for security events.
        public var audit = "stderr"
    }

    /// The choices of `log.format`.
    public enum LogLayout: String, Sendable, CaseIterable {
        /// Text.
        case auto
        case text
        case json
    }
}
