import Glibc
import Telemetry

/// The file that audit lines are appended to; for its owner alone.
final class AuditFile: Sendable {
    private let path: String
    private let descriptor: Int32
    /// Writes to it, on a thread of its own.
    let logger: Logger

    /// Opens the file or makes it. `log` is told, once each, when lines cannot be written and when they can again.
    init(_ path: String, log: Logger) throws {
        self.path = path
        descriptor = try Self.open(path)
        logger = Logger(
            descriptor: descriptor, format: .json,
            failing: { code in
                if let code {
                    log.log(
                        .error, "audit lines lost",
                        ["file": .string(path), "cause": .string(String(cString: strerror(code)))])
                } else {
                    log.log(.warning, "audit lines written again", ["file": .string(path)])
                }
            })
    }

    /// After `logrotate` has moved the file away: what was recorded goes to the old one, what comes to a new one. If
    /// there can be none, the old one stays.
    func reopen() throws {
        let new = try Self.open(path)
        defer { Glibc.close(new) }
        logger.flush()
        guard dup2(new, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw FileFailure(operation: "cannot reopen \(path)", code: errno)
        }
    }

    /// Writes what is left. Nothing may be recorded afterwards.
    func close() {
        // While its thread is stuck in a write the descriptor cannot be given to anything else.
        if logger.flush() { Glibc.close(descriptor) }
    }

    /// Only a regular file: no link that somebody has put there, no pipe that nobody reads.
    private static func open(_ path: String) throws -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw FileFailure(operation: "cannot open \(path)", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw NotAFile(path: path)
        }
        giveAway(descriptor, status, path)
        return descriptor
    }

    /// A new file that root makes, as a command may, is for whoever owns its folder: else the server could not open it.
    private static func giveAway(_ descriptor: Int32, _ status: stat, _ path: String) {
        guard status.st_size == 0, status.st_uid == 0, geteuid() == 0, let slash = path.lastIndex(of: "/")
        else {
            return
        }
        var folder = stat()
        guard stat(String(path[...slash]), &folder) == 0, folder.st_uid != 0 else { return }
        _ = fchown(descriptor, folder.st_uid, folder.st_gid)
    }

    private struct NotAFile: Error, CustomStringConvertible {
        let path: String
        var description: String { "\(path) is not a regular file" }
    }
}
