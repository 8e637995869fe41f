import Glibc

/// The address of a Unix-domain socket.
public struct UnixAddress: Sendable {
    private var address = sockaddr_un()
    private var length = socklen_t(MemoryLayout<sockaddr_un>.size)

    /// Octets of the longest path; its end is marked by one more.
    public static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// Nil: the path does not fit into 107 octets.
    public init?(_ path: String) {
        let octets = Array(path.utf8)
        guard octets.count <= Self.longestPath, !octets.contains(0) else { return nil }
        self.init(octets: octets)
    }

    /// A name that is no file, without its leading "@" (unix(7), abstract sockets). Nil: it does not fit.
    public init?(abstract name: String) {
        let octets = [0] + Array(name.utf8)
        guard octets.count <= Self.longestPath + 1 else { return nil }
        self.init(octets: octets)
        // All octets count, so there may be none behind the name.
        length = socklen_t(MemoryLayout<sockaddr_un>.size - (Self.longestPath + 1) + octets.count)
    }

    private init(octets: [UInt8]) {
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
    }

    /// bind(2).
    public func bind(_ descriptor: Int32) -> Int32 {
        withAddress { Glibc.bind(descriptor, $0, $1) }
    }

    /// connect(2).
    public func connect(_ descriptor: Int32) -> Int32 {
        withAddress { Glibc.connect(descriptor, $0, $1) }
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
