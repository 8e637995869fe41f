import Glibc
import Server
import Telemetry

/// Tells the service manager how this process is doing: one datagram for each word (sd_notify(3)).
final class ServiceManager: Sendable {
    private let descriptor: Int32
    private let logger: Logger
    /// How often it wants to hear `WATCHDOG=1` at least, halved; nil: never.
    let heartbeat: Duration?

    private static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    private init(descriptor: Int32, heartbeat: Duration?, logger: Logger) {
        self.descriptor = descriptor
        self.heartbeat = heartbeat
        self.logger = logger
    }

    deinit { close(descriptor) }

    /// What the environment says, which no child shall take for its own. Before any thread is started: the environment
    /// has no lock.
    static func environment() -> [String: String] {
        var found: [String: String] = [:]
        for name in variables {
            found[name] = getenv(name).map { String(cString: $0) }
            unsetenv(name)
        }
        return found
    }

    /// Nil: nobody wants to be told. A socket that cannot be reached is a warning; the server works without.
    static func connect(_ environment: [String: String], logger: Logger) -> ServiceManager? {
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else { return nil }
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let address = name.first == "@" ? UnixAddress(abstract: String(name.dropFirst())) : UnixAddress(name)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0, let address, address.connect(descriptor) == 0 else {
            logger.log(.warning, "cannot reach the service manager", ["socket": .string(name)])
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        return ServiceManager(
            descriptor: descriptor, heartbeat: heartbeat(environment, own: getpid()), logger: logger)
    }

    /// Half of the time after which the manager would take this process for dead.
    static func heartbeat(_ environment: [String: String], own: pid_t) -> Duration? {
        guard let text = environment["WATCHDOG_USEC"], let interval = Int64(text), interval > 1 else {
            return nil
        }
        if let process = environment["WATCHDOG_PID"], pid_t(process) != own { return nil }
        return .microseconds(interval / 2)
    }

    /// The server answers requests.
    func ready(_ status: String = "Serving") { send("READY=1\nSTATUS=\(status)") }

    /// The server has begun to read its configuration again; `ready` ends it. The time is that of CLOCK_MONOTONIC.
    func reloading(at microseconds: Int64) {
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=Reloading")
    }

    /// The server has begun to end.
    func stopping() { send("STOPPING=1\nSTATUS=Finishing requests") }

    /// The server is alive.
    func alive() { send("WATCHDOG=1") }

    private func send(_ state: String) {
        let octets = Array(state.utf8)
        guard Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL)) != octets.count else {
            return
        }
        logger.log(
            .warning, "cannot tell the service manager",
            ["reason": .string(String(cString: strerror(errno)))])
    }
}
