import Glibc
import HTTP
import Synchronization

/// A listening socket that all loops accept from: one over a Unix-domain socket, or one that the service manager has
/// opened. There is no second socket for the same address, as SO_REUSEPORT makes one for each loop.
///
/// All loops watch the same descriptor (docs/adr/0010). It is closed when the last of them has let go.
final class SharedListener: Sendable {
    let descriptor: Int32
    /// The file to remove; nil: somebody else's.
    private let file: SocketFile?
    /// Where it listens: nil for a Unix-domain socket, whose path is `path`.
    let address: ListeningAddress?
    /// The path of a Unix-domain socket; empty for one without.
    let path: String

    private struct SocketFile {
        let path: String
        let device: dev_t
        let inode: ino_t
    }

    /// Listens on a path. A file that is there already is replaced only if it is a socket on which nobody listens.
    init(path: String, mode: UInt32) throws(ServerError) {
        let operation = "cannot listen on unix:\(path)"
        guard let address = UnixAddress(path) else {
            throw ServerError(operation: operation, code: ENAMETOOLONG)
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw ServerError(operation: operation, code: errno) }
        var result = address.bind(descriptor)
        if result != 0, errno == EADDRINUSE, Self.isLeftOver(path, address), unlink(path) == 0 {
            result = address.bind(descriptor)
        }
        let isBound = result == 0
        // The mode is set before `listen`: nobody can connect until then.
        if result == 0 { result = chmod(path, mode) }
        if result == 0 { result = listen(descriptor, ListeningSocket.backlog) }
        var status = stat()
        if result == 0 { result = stat(path, &status) }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            if isBound { unlink(path) }
            throw ServerError(operation: operation, code: code)
        }
        self.descriptor = descriptor
        file = SocketFile(path: path, device: status.st_dev, inode: status.st_ino)
        self.address = nil
        self.path = path
    }

    /// Takes over a descriptor that was open when the process began, and closes it in the end.
    init(inherited descriptor: Int32) throws(ServerError) {
        let operation = "cannot listen on inherited descriptor \(descriptor)"
        guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
            Self.option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
        else { throw ServerError(operation: operation, reason: "it is not a listening stream socket") }
        switch LocalAddress(of: descriptor) {
        case .internet(let address):
            self.address = address
            path = ""
            // Accepted sockets inherit it.
            var on: Int32 = 1
            setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        case .unix(let path):
            address = nil
            self.path = path
        case .other:
            throw ServerError(
                operation: operation, reason: "it is neither an internet nor a Unix-domain socket")
        }
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
            fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
        else { throw ServerError(operation: operation, code: errno) }
        self.descriptor = descriptor
        file = nil
    }

    deinit {
        retire()
        close(descriptor)
    }

    /// Removes the file, unless it is another's by now: nobody new finds the way here.
    func retire() {
        guard let file else { return }
        var status = stat()
        guard lstat(file.path, &status) == 0, status.st_dev == file.device, status.st_ino == file.inode else {
            return
        }
        unlink(file.path)
    }

    /// Whether a path is that of a socket on which nobody listens any more.
    private static func isLeftOver(_ path: String, _ address: UnixAddress) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            errno = EEXIST
            return false
        }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let probe = socket(AF_UNIX, type, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        if address.connect(probe) != 0, errno == ECONNREFUSED { return true }
        errno = EADDRINUSE
        return false
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}

/// Where an open socket listens.
private enum LocalAddress {
    case internet(ListeningAddress)
    case unix(String)
    case other

    init(of descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let (code, address) = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                (getsockname(descriptor, $0, &length), PeerAddress(socketAddress: $0))
            }
        }
        guard code == 0 else {
            self = .other
            return
        }
        switch address {
        case .v4?, .v6?:
            // The port stands at the same place in sockaddr_in and sockaddr_in6.
            let port = withUnsafeBytes(of: storage) {
                UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))
            }
            self = .internet(ListeningAddress(address: address ?? .unknown, port: port))
        case .unix?:
            let octets = withUnsafeBytes(of: storage) { Array($0[2..<max(2, Int(length))]) }
            // An abstract name begins with 0 and is written with "@"; a path ends with 0.
            self = .unix(
                octets.first == 0
                    ? "@" + String(decoding: octets.dropFirst(), as: UTF8.self)
                    : String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self))
        case .unknown?, nil: self = .other
        }
    }
}
