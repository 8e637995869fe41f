import FoundationEssentials
import Glibc
import Server
import Telemetry
import Workers

extension UnixAddress {
    /// A socket that does not survive exec.
    static func socket() throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw FileFailure(operation: "cannot open a socket", code: errno) }
        return descriptor
    }
}

/// A Unix-domain socket beside the data file, for its owner alone: how commands reach a running server, so that what
/// they change holds on the very next request. One JSON command a connection, one JSON reply.
final class ControlSocket: Sendable {
    private let path: String
    private let descriptor: Int32
    private let thread: WorkerThread
    private let commands: WorkerPool

    /// Commands done at once: a backup may take minutes, and nobody waits for it to end a session.
    private static let atOnce = 2
    /// Octets of one message; a list of users may be long.
    private static let longestMessage = 1 << 28
    /// Seconds that the other side may keep this one waiting.
    private static let patience = 10
    /// Milliseconds between two tries to accept while the system has nothing left.
    private static let pause: Int32 = 100

    private init(path: String, descriptor: Int32, thread: WorkerThread, commands: WorkerPool) {
        self.path = path
        self.descriptor = descriptor
        self.thread = thread
        self.commands = commands
    }

    /// Listens, on a thread of its own. Nil, with a warning, when the path is too long for a socket: the server works
    /// without. The caller holds the `InstanceLock`, so a socket that is there already is left over. `administration`
    /// is asked for with each command.
    static func listen(
        besides dataFile: String, administration: @escaping @autoclosure @Sendable () -> Administration,
        logger: Logger
    ) throws -> ControlSocket? {
        let path = dataFile + ".sock"
        guard let address = UnixAddress(path) else {
            logger.log(.warning, "no control socket: the path of the data file is too long")
            return nil
        }
        unlink(path)
        let descriptor = try UnixAddress.socket()
        // The mode is set before `listen`: nobody can connect until then.
        guard address.bind(descriptor) == 0, chmod(path, 0o600) == 0, Glibc.listen(descriptor, 16) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw FileFailure(operation: "cannot listen on \(path)", code: code)
        }
        let commands = WorkerPool(name: "command", threads: atOnce, capacity: 16)
        let thread = WorkerThread.start(name: "control") {
            while true {
                let client = accept(descriptor, nil, nil)
                if client >= 0 {
                    hand(client, to: commands, administration())
                } else if errno == EINVAL {
                    return  // `close` shut it down.
                } else if errno != EINTR, errno != ECONNABORTED {
                    // No descriptor or memory left for now: to end here would be for good. Only `close` is an event.
                    var listener = pollfd(fd: descriptor, events: 0, revents: 0)
                    if poll(&listener, 1, pause) > 0 { return }
                }
            }
        }
        return ControlSocket(path: path, descriptor: descriptor, thread: thread, commands: commands)
    }

    /// Stops listening, after the commands that are being done.
    func close() {
        unlink(path)
        // Wakes the thread out of `accept`.
        shutdown(descriptor, Int32(SHUT_RDWR))
        thread.join()
        commands.stop()
        Glibc.close(descriptor)
    }

    /// Has the running server do something.
    static func ask(_ command: AdminCommand, besides dataFile: String) throws -> AdminReply {
        let path = dataFile + ".sock"
        guard let address = UnixAddress(path) else {
            throw FileFailure(operation: "cannot reach the running server at \(path)", code: ENAMETOOLONG)
        }
        let descriptor = try UnixAddress.socket()
        defer { Glibc.close(descriptor) }
        guard address.connect(descriptor) == 0 else {
            throw FileFailure(operation: "cannot reach the running server at \(path)", code: errno)
        }
        try write(JSONEncoder().encode(command), to: descriptor)
        shutdown(descriptor, Int32(SHUT_WR))
        return try JSONDecoder().decode(AdminReply.self, from: read(from: descriptor))
    }

    private static func hand(_ client: Int32, to commands: WorkerPool, _ administration: Administration) {
        Task {
            do {
                try await commands.run { serve(client, administration) }
            } catch {
                // Too many at once, or the end: the other side sees that there is no reply.
            }
            Glibc.close(client)
        }
    }

    private static func serve(_ client: Int32, _ administration: Administration) {
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, length)
        setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, length)
        do {
            let command = try JSONDecoder().decode(AdminCommand.self, from: read(from: client))
            let now = SystemClock.now()
            let reply = try blocking { await administration.perform(command, at: now) }
            try write(JSONEncoder().encode(reply), to: client)
        } catch {
            // The other side left, or sent something else than a command: it sees that there is no reply.
            return
        }
    }

    private static func read(from descriptor: Int32) throws -> Data {
        var message = Data()
        var piece = [UInt8](repeating: 0, count: 65_536)
        while message.count < longestMessage {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return message }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw FileFailure(operation: "reading from the control socket", code: errno)
            }
            message.append(contentsOf: piece[..<count])
        }
        throw FileFailure(operation: "reading from the control socket", code: EMSGSIZE)
    }

    private static func write(_ message: Data, to descriptor: Int32) throws {
        var rest = Array(message)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(65_536))
            let count = send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw FileFailure(operation: "writing to the control socket", code: errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}
