import Glibc

/// Whether only this machine can reach a server that listens there: 127.0.0.0/8, ::1 or `localhost`.
///
/// Any other name may resolve to anything, so it is not.
public func isLoopbackOnly(_ host: String) -> Bool {
    var v4 = in_addr()
    if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
    var v6 = in6_addr()
    if inet_pton(AF_INET6, host, &v6) == 1 {
        let words = v6.__in6_u.__u6_addr32
        return words.0 == 0 && words.1 == 0 && words.2 == 0 && UInt32(bigEndian: words.3) == 1
    }
    return host.lowercased() == "localhost"
}

/// Whether `server.host` may be this: "*", an address, or a host name (RFC 1123 §2.1).
func isListenHost(_ host: String) -> Bool {
    if host == "*" { return true }
    if host.utf8.contains(UInt8(ascii: ":")) {
        // fe80::1%eth0: a scope is the system's business.
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var v6 = in6_addr()
        return inet_pton(AF_INET6, String(parts[0]), &v6) == 1
            && (parts.count == 1 || !parts[1].isEmpty && parts[1].utf8.allSatisfy(isHostCharacter))
    }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard host.utf8.count <= 253,
        labels.allSatisfy({ label in
            (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(isHostCharacter)
                && label.first != "-" && label.last != "-"
        }), let last = labels.last
    else { return false }
    // What ends in a number is an address, and must be a whole one.
    guard last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return true }
    var v4 = in_addr()
    return inet_pton(AF_INET, host, &v4) == 1
}

private func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}
