import HTTP
import Testing

@testable import Server

@Suite(.serialized) struct ServerListeningTests {
    private let responder = Responder(
        respond: LiveServer.echo, refuse: { refusal, _, _ in Response(status: refusal.status) })

    @Test(arguments: [1, 2])
    func saysInOneLineThatAPortIsTaken(_ loops: Int) throws {
        let server = try LiveServer(loops: loops, respond: LiveServer.echo)
        let taken = server.addresses
        let error = #expect(throws: ServerError.self) {
            _ = try Server(ServerConfiguration(addresses: taken, loops: loops), responder: responder)
        }
        #expect(error?.description == "cannot listen on \(taken[0]): Address already in use")
        #expect(try server.isAlive())
        #expect(server.drain())
        // And free again at once.
        let next = try Server(ServerConfiguration(addresses: taken, loops: loops), responder: responder)
            .start()
        #expect(try RawClient(taken[0]).ask("GET / HTTP/1.0\r\n\r\n")?.status == 200)
        #expect(next.drain())
    }

    @Test func listensOnIPv6() throws {
        let server = try LiveServer(host: "::1") {
            Response(status: .ok, body: Array($0.peer.description.utf8))
        }
        #expect(server.addresses[0].description == "[0:0:0:0:0:0:0:1]:\(server.addresses[0].port)")
        #expect(try server.connect().ask("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n")?.text == "0:0:0:0:0:0:0:1")
        #expect(server.drain())
    }

    @Test func listensOnAllThatLocalhostStandsFor() throws {
        // Whether ::1 is among it is up to the machine.
        let server = try LiveServer(host: "localhost", respond: LiveServer.echo)
        #expect(Set(server.addresses.map(\.address)).isSubset(of: [.v4(0x7f00_0001), .v6(0, 1)]))
        #expect(Set(server.addresses.map(\.port)).count == 1)
        for address in server.addresses {
            #expect(try RawClient(address).ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?.status == 200)
        }
        #expect(server.drain())
    }

    @Test func listensOnBothFamiliesWithOnePort() throws {
        let server = try LiveServer(host: "*", loops: 2) {
            Response(status: .ok, body: Array($0.peer.description.utf8))
        }
        #expect(Set(server.addresses.map(\.port)).count == 1)
        #expect(server.addresses.count == 2)
        let port = server.addresses[0].port
        for (address, peer) in [(PeerAddress.v4(0x7f00_0001), "127.0.0.1"), (.v6(0, 1), "0:0:0:0:0:0:0:1")] {
            let client = try RawClient(ListeningAddress(address: address, port: port))
            #expect(try client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.text == peer)
        }
        #expect(server.drain())
    }

    @Test func saysThatAHostCannotBeResolved() {
        #expect(throws: ServerError.self) { try ListeningAddress.resolve(host: "no such host", port: 0) }
        #expect(throws: ServerError.self) { try ListeningAddress.resolve(host: "host.invalid", port: 0) }
    }

    @Test func cannotListenOnAnAddressOfSomebodyElse() throws {
        let foreign = ListeningAddress(address: .v4(0xc000_0201), port: 0)
        let error = #expect(throws: ServerError.self) {
            _ = try Server(ServerConfiguration(addresses: [foreign]), responder: responder)
        }
        #expect(error?.reason == "Cannot assign requested address")
    }

    /// As `localhost` does on a machine without IPv6.
    @Test func listensOnWhatThereIsOfSeveralAddresses() throws {
        let foreign = ListeningAddress(address: .v4(0xc000_0201), port: 0)
        let own = ListeningAddress(address: .v4(0x7f00_0001), port: 0)
        for addresses in [[foreign, own], [own, foreign]] {
            let server = try Server(ServerConfiguration(addresses: addresses), responder: responder)
            #expect(server.addresses.map(\.address) == [own.address])
        }
        #expect(throws: ServerError.self) {
            _ = try Server(ServerConfiguration(addresses: [foreign, foreign]), responder: responder)
        }
    }
}
