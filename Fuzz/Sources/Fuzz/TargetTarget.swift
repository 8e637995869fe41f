import Glibc

@testable import HTTP

/// A request target as it stands in the request line.
func fuzzTarget(_ input: [UInt8]) {
    for method in [HTTP.Method.get, .options] {
        guard let target = try? RequestTarget(input[...], method: method) else { continue }
        _ = try? target.queryItem("token")
        if target.isAsterisk {
            precondition(method == .options && target.path == "*")
            continue
        }
        let path = Array(target.path.utf8)
        precondition(path.first == Octet.slash, "no slash in front")
        precondition(
            !path.contains { $0 < 0x20 || $0 == 0x7f || $0 == Octet.backslash }, "a control in a path")
        precondition(!path.starts(with: [Octet.slash, Octet.slash]), "looks like an authority")
        let segments = path.split(separator: Octet.slash, omittingEmptySubsequences: false)
        precondition(!segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
        // Decoded once: to encode every octet of it and read it again changes nothing.
        let encoded = path.flatMap { $0 == Octet.slash ? [$0] : percentEncoded($0) }
        let again = try? RequestTarget(encoded[...], method: method)
        precondition(again.map { Array($0.path.utf8) } == path, "not the same when read again")
    }
}

func percentEncoded(_ octet: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return [Octet.percent, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
}

/// The value of `Host`; the address of a literal also by the C library's reader.
func fuzzHost(_ input: [UInt8]) {
    if HostField.isValid(input[...]) {
        precondition(input.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "not printable")
        precondition(
            !input.contains { "@/\\,;\"'<>?#".utf8.contains($0) }, "ends a host for some other parser")
    }
    guard !input.contains(0), !input.contains(Octet.bracketClose) else { return }
    var address = in6_addr()
    let known = inet_pton(AF_INET6, input.map { CChar(bitPattern: $0) } + [0], &address) == 1
    let literal = [Octet.bracketOpen] + input + [Octet.bracketClose]
    precondition(HostField.isValid(literal[...]) == known, "the C library reads this address otherwise")
}
