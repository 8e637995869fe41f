import Glibc
public import HTTP

/// An address to listen on, resolved to numbers.
public struct ListeningAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address.
    public var address: PeerAddress
    /// The port; 0 lets the system choose.
    public var port: UInt16

    /// As it stands in a URL: `127.0.0.1:5000`, `[::1]:5000`.
    public var description: String {
        switch address {
        case .v4, .unix, .unknown: "\(address):\(port)"
        case .v6: "[\(address)]:\(port)"
        }
    }

    /// All addresses that a host stands for: a numeric address, a name, or `*` for every address of both families.
    public static func resolve(host: String, port: UInt16) throws(ServerError) -> [ListeningAddress] {
        if host == "*" {
            return [PeerAddress.v4(0), .v6(0, 0)].map { ListeningAddress(address: $0, port: port) }
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            let reason = code == EAI_SYSTEM ? strerror(errno).map { UnsafePointer($0) } : gai_strerror(code)
            throw ServerError(
                operation: "cannot resolve host \"\(host)\"",
                reason: reason.map { String(cString: $0) } ?? "error \(code)")
        }
        defer { freeaddrinfo(list) }
        var found: [ListeningAddress] = []
        var entry = list
        while let info = entry?.pointee {
            if let address = PeerAddress(socketAddress: info.ai_addr) {
                let candidate = ListeningAddress(address: address, port: port)
                if !found.contains(candidate) { found.append(candidate) }
            }
            entry = info.ai_next
        }
        return found
    }
}

/// A listening TCP socket, until evhttp takes it over.
struct ListeningSocket: ~Copyable {
    private var descriptor: Int32

    /// Connections that the kernel completes before they are accepted. Capped by net.core.somaxconn.
    static let backlog: Int32 = 4_096

    /// Octets that the kernel takes beyond what the client has room for. Default 64 KiB. Without a bound it takes
    /// megabytes, and a client that pipelines and reads nothing has us compute them.
    private static let unsentOctets: Int32 = 65_536

    /// Binds and listens. `shared` lets one socket per loop have the same port (SO_REUSEPORT).
    init(_ address: ListeningAddress, shared: Bool) throws(ServerError) {
        descriptor = try Self.open(address, shared: shared, listening: true)
    }

    private static func open(
        _ address: ListeningAddress, shared: Bool, listening: Bool
    ) throws(ServerError) -> Int32 {
        let isV6 = if case .v6 = address.address { true } else { false }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else {
            throw ServerError(operation: "cannot open a socket for \(address)", code: errno)
        }
        func set(_ level: Int32, _ option: Int32, to value: Int32 = 1) {
            var value = value
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        set(SOL_SOCKET, SO_REUSEADDR)
        if shared { set(SOL_SOCKET, SO_REUSEPORT) }
        // Accepted sockets inherit it.
        set(Int32(IPPROTO_TCP), TCP_NODELAY)
        set(Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, to: unsentOctets)
        // IPv4 has its own socket: addresses stay what they are.
        if isV6 { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
        var result = address.address.withSocketAddress(port: address.port) { bind(descriptor, $0, $1) }
        if result == 0, listening { result = listen(descriptor, backlog) }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw ServerError(operation: "cannot listen on \(address)", code: code)
        }
        return descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Fails when somebody else has the port. SO_REUSEPORT alone would let a second server slip in unseen.
    static func probe(_ address: ListeningAddress) throws(ServerError) {
        if address.port != 0 { close(try open(address, shared: false, listening: false)) }
    }

    /// The port that the system chose.
    var port: UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        // The port stands at the same place in sockaddr_in and sockaddr_in6.
        return withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }

    /// Hands the descriptor to somebody who closes it.
    consuming func release() -> Int32 {
        let released = descriptor
        descriptor = -1
        return released
    }
}
