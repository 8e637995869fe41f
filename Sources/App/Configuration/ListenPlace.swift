import Glibc
import Server

/// Where a further listener is, as one text: `host:port`, `[address]:port` or `unix:path`.
enum ListenPlace: Equatable {
    case internet(host: String, port: UInt16)
    case unix(path: String)

    /// Nil: it is none of these.
    init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, path.utf8.count <= UnixAddress.longestPath, !path.utf8.contains(0) else {
                return nil
            }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]"
        if isBracketed { host = host.dropFirst().dropLast() }
        // An IPv6 address has brackets, and nothing else has.
        guard host.contains(":") == isBracketed, isListenHost(String(host)) else { return nil }
        self = .internet(host: String(host), port: port)
    }

    /// Whether every address of the machine is meant.
    var isEverywhere: Bool {
        guard case .internet(let host, _) = self else { return false }
        if host == "*" || host == "0.0.0.0" { return true }
        // Zeros can be written in many ways.
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return false }
        let words = address.__in6_u.__u6_addr32
        return words.0 == 0 && words.1 == 0 && words.2 == 0 && words.3 == 0
    }
}
