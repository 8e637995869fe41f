import Glibc
import HTTP
import Testing
import Workers

@testable import Server

/// Sockets that all loops accept from: Unix-domain ones, and those that were open before.
@Suite(.serialized) final class ServerSharedListenerTests {
    private let path = "/tmp/sessiond-test-\(getpid())-\(UInt32.random(in: .min ... .max))"

    deinit { unlink(path) }

    private func serve(
        _ change: (inout ServerConfiguration) -> Void, loops: Int = 2
    ) throws -> (Server, RunningServer) {
        var configuration = ServerConfiguration(addresses: [], loops: loops)
        change(&configuration)
        let server = try Server(
            configuration,
            responder: Responder(
                respond: { Response(status: .ok, body: Array($0.peer.description.utf8)) },
                refuse: { refusal, _, _ in Response(status: refusal.status) }))
        return (server, server.start())
    }

    private func serve(mode: UInt32 = 0o660, loops: Int = 2) throws -> RunningServer {
        let (server, running) = try serve(
            { $0.unixSocket = UnixSocket(path: path, mode: mode) }, loops: loops)
        #expect(server.unixPaths == [path] && server.addresses.isEmpty)
        return running
    }

    private func ask(from name: UnixAddress? = nil) throws -> String? {
        try RawClient(unix: try #require(UnixAddress(path)), from: name)
            .ask("GET / HTTP/1.0\r\n\r\n")?.text
    }

    private func mode(of path: String) -> UInt32? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test(arguments: [1, 2, 7])
    func answersOverAUnixSocketAndRemovesItsFile(_ loops: Int) throws {
        let server = try serve(loops: loops)
        for _ in 0..<50 { #expect(try ask() == "unix") }
        #expect(server.drain())
        #expect(mode(of: path) == nil)
    }

    /// evhttp asks for the name of each client; of these it must not see more than there is (CVE-2026-63388).
    @Test func clientsWithNamesOfAnyLengthAreServed() throws {
        let server = try serve()
        for name in ["a", String(repeating: "a", count: 31), String(repeating: "a", count: 107)] {
            #expect(try ask(from: UnixAddress(abstract: name)) == "unix")
        }
        let longest = path + String(repeating: "n", count: UnixAddress.longestPath - path.utf8.count)
        #expect(try ask(from: UnixAddress(longest)) == "unix")
        unlink(longest)
        #expect(UnixAddress(abstract: String(repeating: "a", count: 108)) == nil)
        #expect(server.drain())
    }

    @Test(arguments: [UInt32(0o600), 0o660, 0o777])
    func theFileHasTheModeAskedFor(_ mode: UInt32) throws {
        let server = try serve(mode: mode)
        #expect(self.mode(of: path) == mode)
        #expect(server.drain())
    }

    @Test func replacesAFileThatNobodyListensOn() throws {
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(try #require(UnixAddress(path)).bind(left) == 0)
        #expect(listen(left, 1) == 0)
        close(left)
        let server = try serve()
        #expect(try ask() == "unix")
        #expect(server.drain())
    }

    @Test func leavesASocketAloneOnWhichSomebodyAnswers() throws {
        let server = try serve()
        let error = #expect(throws: ServerError.self) { _ = try serve() }
        #expect(error?.description == "cannot listen on unix:\(path): Address already in use")
        #expect(try ask() == "unix")
        #expect(server.drain())
    }

    @Test func leavesAFileAloneThatIsNoSocket() throws {
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: ServerError.self) { _ = try serve() }
        #expect(error?.reason == "File exists")
        #expect(mode(of: path) == 0o600)
        #expect(throws: ServerError.self) {
            _ = try serve {
                $0.unixSocket = UnixSocket(path: String(repeating: "a", count: 108), mode: 0o600)
            }
        }
    }

    @Test func leavesTheFileOfItsSuccessorAlone() throws {
        let first = try serve()
        unlink(path)
        let second = try serve()
        #expect(first.drain())
        #expect(try ask() == "unix")
        #expect(second.drain())
    }

    @Test func addressesDoNotCountOverAUnixSocket() throws {
        let (_, server) = try serve {
            $0.unixSocket = UnixSocket(path: path, mode: 0o600)
            $0.connections.perAddress = 1
        }
        let address = try #require(UnixAddress(path))
        let waiting = try (0..<10).map { _ in try RawClient(unix: address) }
        #expect(try ask() == "unix")
        withExtendedLifetime(waiting) {}
        #expect(server.drain())
    }

    /// A socket for both families, as a service manager opens it.
    @Test(arguments: [1, 4])
    func answersOnAnInheritedSocket(_ loops: Int) throws {
        let inherited = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        #expect(PeerAddress.v6(0, 0).withSocketAddress(port: 0) { bind(inherited, $0, $1) } == 0)
        #expect(listen(inherited, 100) == 0)
        let (server, running) = try serve({ $0.inheritedSockets = [inherited] }, loops: loops)
        let port = try #require(server.addresses.first).port
        #expect(server.addresses.map(\.address) == [.v6(0, 0)] && port > 0 && server.unixPaths.isEmpty)
        for _ in 0..<20 {
            let v4 = ListeningAddress(address: .v4(0x7f00_0001), port: port)
            #expect(try RawClient(v4).ask("GET / HTTP/1.0\r\n\r\n")?.text == "127.0.0.1")
            let v6 = ListeningAddress(address: .v6(0, 1), port: port)
            #expect(try RawClient(v6).ask("GET / HTTP/1.0\r\n\r\n")?.text == "0:0:0:0:0:0:0:1")
        }
        var before = stat()
        try #require(fstat(inherited, &before) == 0)
        #expect(running.drain())
        // Another test may have been given the number since.
        var after = stat()
        #expect(fstat(inherited, &after) == -1 || after.st_ino != before.st_ino)
    }

    @Test func theFileOfAnInheritedSocketStays() throws {
        let inherited = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(try #require(UnixAddress(path)).bind(inherited) == 0)
        #expect(listen(inherited, 100) == 0)
        let (server, running) = try serve { $0.inheritedSockets = [inherited] }
        #expect(server.unixPaths == [path])
        #expect(try ask() == "unix")
        #expect(running.drain())
        #expect(mode(of: path) != nil)
    }

    @Test func inheritsListeningStreamSocketsOnly() throws {
        let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let silent = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(datagrams)
            close(silent)
        }
        for descriptor in [datagrams, silent, 1_000_000] {
            let error = #expect(throws: ServerError.self) {
                _ = try serve { $0.inheritedSockets = [descriptor] }
            }
            #expect(error?.reason == "it is not a listening stream socket")
        }
    }

    @Test func theHeartStopsWithAnyLoop() throws {
        let configuration = ServerConfiguration(
            addresses: try ListeningAddress.resolve(host: "127.0.0.1", port: 0), loops: 2)
        let server = try Server(
            configuration,
            responder: Responder(respond: LiveServer.echo, refuse: { _, _, _ in Response(status: .ok) }))
        let beats = Monitor(0)
        server.heartbeat(every: .milliseconds(5)) {
            beats.withLock { $0 += 1 }
            beats.notifyAll()
        }
        let running = server.start()
        _ = beats.wait { $0 >= 3 ? true : nil }
        let ticks = Monitor(0)
        let first = running.loops[0].loop
        first.submit {
            first.every(.milliseconds(5)) {
                ticks.withLock { $0 += 1 }
                ticks.notifyAll()
            }
        }
        // The second loop stands still while the first goes on.
        let stood = Monitor<Int?>(nil)
        running.loops[1].loop.submit {
            let before = beats.withLock { $0 }
            let start = ticks.withLock { $0 }
            _ = ticks.wait { $0 >= start + 20 ? true : nil }
            stood.withLock { [after = beats.withLock { $0 }] in $0 = after - before }
            stood.notifyAll()
        }
        // One beat may have been under way already.
        #expect(stood.wait { $0 } <= 1)
        let now = beats.withLock { $0 }
        _ = beats.wait { $0 >= now + 3 ? true : nil }
        #expect(running.drain())
    }
}
