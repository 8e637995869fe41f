import Glibc

/// Sockets that the service manager opened before it started this process (sd_listen_fds(3)).
enum InheritedSockets {
    /// The first descriptor behind stdin, stdout and stderr.
    private static let first: Int32 = 3
    /// More than a unit would ever name.
    private static let most = 64
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// What was handed over is not what was announced.
    struct Malformed: Error, CustomStringConvertible {
        let count: String
        var description: String {
            "LISTEN_FDS is \"\(count)\"; allowed: a whole number from 0 to \(InheritedSockets.most)"
        }
    }

    /// Takes the descriptors out of the environment, so that no child takes them for its own. Before any thread is
    /// started: the environment has no lock.
    static func take() throws -> [Int32] {
        defer { for variable in variables { unsetenv(variable) } }
        return try descriptors(
            processID: variable("LISTEN_PID"), count: variable("LISTEN_FDS"), own: getpid())
    }

    /// What the two variables mean to the process `own`; those of another process mean nothing.
    static func descriptors(processID: String?, count: String?, own: pid_t) throws -> [Int32] {
        guard let processID, let count, pid_t(processID) == own else { return [] }
        guard let number = Int32(count), (0...Int32(most)).contains(number) else {
            throw Malformed(count: count)
        }
        return Array(first..<first + number)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
