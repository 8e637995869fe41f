import Glibc
import HTTP

@testable import Server

/// A blocking TCP client that sends what it is told to, octet for octet.
///
/// Every wait ends after ten seconds: a test fails then, and does not hang.
final class RawClient {
    struct Failure: Error {
        let operation: String
        let code: Int32
    }

    private var descriptor: Int32
    private var received: [UInt8] = []

    /// `receiveBuffer` in octets makes a client that takes little before it stops taking anything.
    init(_ address: ListeningAddress, receiveBuffer: Int32? = nil) throws {
        let isV6 = if case .v6 = address.address { true } else { false }
        descriptor = socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(operation: "socket", code: errno) }
        set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
        set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        let descriptor = descriptor
        guard address.address.withSocketAddress(port: address.port, { connect(descriptor, $0, $1) }) == 0
        else {
            throw Failure(operation: "connect", code: errno)
        }
    }

    /// Over a Unix-domain socket; `name` is what the client's own end is called.
    init(unix address: UnixAddress, from name: UnixAddress? = nil) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(operation: "socket", code: errno) }
        set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 10, tv_usec: 0))
        guard name.map({ $0.bind(descriptor) }) ?? 0 == 0, address.connect(descriptor) == 0 else {
            throw Failure(operation: "connect", code: errno)
        }
    }

    deinit { end() }

    private func set<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    /// False: the other end has had enough.
    @discardableResult func send(_ octets: some Sequence<UInt8>) -> Bool {
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    @discardableResult func send(_ text: String) -> Bool {
        send(text.utf8)
    }

    /// Sends what the kernel takes without waiting; how much that is.
    func push(_ octets: [UInt8]) -> Int {
        max(0, Glibc.send(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)))
    }

    /// FIN: nothing more comes from here.
    func finish() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes; RST when there is something unread.
    func end() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// RST, whatever there is.
    func reset() {
        set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
        end()
    }

    /// What the other end has sent by now, at least one octet; empty after its FIN.
    func receive(_ most: Int = 65_536) throws -> [UInt8] {
        let octets = try [UInt8](unsafeUninitializedCapacity: most) { bytes, count in
            let result = recv(descriptor, bytes.baseAddress, most, 0)
            guard result >= 0 else { throw Failure(operation: "receive", code: errno) }
            count = result
        }
        return octets
    }

    /// All that comes until the other end's FIN.
    func rest() throws -> [UInt8] {
        while true {
            let more = try receive()
            if more.isEmpty { break }
            received += more
        }
        defer { received = [] }
        return received
    }

    /// Reads until there is nothing more, by FIN or by RST.
    func readOn() {
        var scratch = [UInt8](repeating: 0, count: 65_536)
        while recv(descriptor, &scratch, scratch.count, 0) > 0 {}
    }

    /// The next whole answer; nil at the end.
    func response(toHead: Bool = false) throws -> RawResponse? {
        while true {
            if let response = try RawResponse(from: &received, toHead: toHead) { return response }
            let more = try receive()
            if more.isEmpty { return received.isEmpty ? nil : try RawResponse.incomplete() }
            received += more
        }
    }

    /// Sends a request and reads its answer.
    func ask(_ text: String) throws -> RawResponse? {
        send(text)
        return try response(toHead: text.hasPrefix("HEAD"))
    }

    /// Whether the other end has closed, in order and without a word.
    func isAtEnd() throws -> Bool {
        try received.isEmpty && receive().isEmpty
    }
}

/// An answer as it came over the wire.
struct RawResponse {
    struct Malformed: Error {
        let text: String
    }

    var statusLine: String
    var status: Int
    var fields: [String]
    var body: [UInt8]

    /// Takes one whole answer off the front; nil when it has not arrived.
    init?(from octets: inout [UInt8], toHead: Bool) throws {
        guard let end = Self.headEnd(octets) else { return nil }
        let lines = String(decoding: octets[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        statusLine = lines[0]
        let words = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "HTTP/1.1", words[1].utf8.count == 3, let status = Int(words[1])
        else {
            throw Malformed(text: statusLine)
        }
        self.status = status
        fields = Array(lines.dropFirst())
        for field in fields where field.contains("\n") || field.contains("\r") || !field.contains(": ") {
            throw Malformed(text: field)
        }
        body = []
        let hasContent = !toHead && status != 204 && status >= 200
        let length = hasContent ? value("content-length").flatMap { Int($0) } : 0
        guard let length else { throw Malformed(text: "no Content-Length") }
        guard octets.count >= end + 4 + length else { return nil }
        body = Array(octets[(end + 4)..<(end + 4 + length)])
        octets.removeFirst(end + 4 + length)
    }

    static func incomplete() throws -> RawResponse? {
        throw Malformed(text: "the connection ended inside an answer")
    }

    private static func headEnd(_ octets: [UInt8]) -> Int? {
        var index = 0
        while index + 3 < octets.count {
            if octets[index] == 13, octets[index + 1] == 10, octets[index + 2] == 13, octets[index + 3] == 10
            {
                return index
            }
            index += 1
        }
        return nil
    }

    /// The value of a field that occurs once at most.
    func value(_ name: String) -> String? {
        let values = fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
        precondition(values.count <= 1, "\(name) occurs more than once")
        return values.first.map { String($0.dropFirst(name.count + 2)) }
    }

    /// The names of the fields, in lower case, in alphabetical order.
    var names: [String] {
        fields.map { String($0.lowercased().prefix { $0 != ":" }) }.sorted()
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        // "\r\n" is one character for Swift.
        split(separator: Character(separator), omittingEmptySubsequences: false).map(String.init)
    }
}
