import Glibc

/// The address of a Unix-domain socket.
struct UnixAddress {
    private var address = sockaddr_un()

    /// Nil: the path does not fit into 107 octets.
    init?(_ path: String) {
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        guard octets.count < MemoryLayout.size(ofValue: address.sun_path), !octets.contains(0) else {
            return nil
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
    }

    /// A socket that does not survive exec.
    static func socket() throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw FileFailure(operation: "cannot open a socket", code: errno) }
        return descriptor
    }

    func bind(_ descriptor: Int32) -> Int32 {
        withAddress { Glibc.bind(descriptor, $0, $1) }
    }

    func connect(_ descriptor: Int32) -> Int32 {
        withAddress { Glibc.connect(descriptor, $0, $1) }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
