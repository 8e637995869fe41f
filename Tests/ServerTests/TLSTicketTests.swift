import COpenSSL
import Testing
import Workers

@testable import Server

/// Sessions are resumed while a key is there that opens their ticket, by whichever loop and context.
@Suite struct TLSTicketTests {
    /// A time that the test sets.
    private final class Time: Sendable {
        private let moment = Locked(ContinuousClock.now)
        var now: ContinuousClock.Instant { moment.withLock { $0 } }

        func advance(by seconds: Double) {
            moment.withLock { $0 += .seconds(seconds) }
        }
    }

    private static let versions = [TLS1_2_VERSION, TLS1_3_VERSION]
    private static let lifetime = Duration.seconds(7_200)
    private let time = Time()

    private func context(_ pair: TestCertificate) throws -> TLSContext {
        let tickets = TicketKeys(lifetime: Self.lifetime) { [time] in time.now }
        return try TLSContext([pair.files], ticketLifetime: Self.lifetime, tickets: tickets)
    }

    @Test(arguments: versions, [(0, true), (7_199, true), (14_399, true), (14_400, false), (90_000, false)])
    func resumesForTwoLifetimesOfTheKey(version: Int32, _ wait: (seconds: Double, resumes: Bool)) throws {
        let server = try context(TestCertificate())
        let client = try MemoryClient(version: version)
        #expect(try !client.connect(to: server).isResumed)
        time.advance(by: wait.seconds)
        let second = try client.connect(to: server)
        #expect(second.isDone && second.isResumed == wait.resumes)
    }

    /// Else a client that comes all the time would be sent away once in two lifetimes.
    @Test(arguments: versions) func aSessionResumedByTheOldKeyGetsATicketOfTheNew(version: Int32) throws {
        let server = try context(TestCertificate())
        let client = try MemoryClient(version: version)
        #expect(try !client.connect(to: server).isResumed)
        for _ in 0..<5 {
            time.advance(by: 7_200)
            #expect(try client.connect(to: server).isResumed)
        }
    }

    /// In TLS 1.3 a ticket used twice would tell who watches that it is the same client (RFC 8446 §C.4).
    @Test func aResumedSessionGetsATicketOfItsOwnInTLS13Alone() throws {
        let server = try context(TestCertificate())
        for version in Self.versions {
            let client = try MemoryClient(version: version)
            var tickets: Set<[UInt8]> = []
            for _ in 0..<4 {
                _ = try client.connect(to: server)
                tickets.insert(try client.withTicket { Array($0) })
            }
            #expect(tickets.count == (version == TLS1_3_VERSION ? 4 : 1))
        }
    }

    @Test(arguments: versions) func resumesInAContextThatGoesOnWithTheKeys(version: Int32) throws {
        let before = try context(TestCertificate())
        let client = try MemoryClient(version: version)
        #expect(try !client.connect(to: before).isResumed)
        let pair = try TestCertificate(curve: nil)
        let after = try TLSContext([pair.files])
        after.goOn(with: try #require(before.tickets))
        #expect(try client.connect(to: after).isResumed)
        #expect(try client.connect(to: before).isResumed)
    }

    @Test(arguments: versions) func doesNotResumeWhatAnotherServerSealed(version: Int32) throws {
        let client = try MemoryClient(version: version)
        #expect(try !client.connect(to: context(TestCertificate())).isResumed)
        let second = try client.connect(to: context(TestCertificate()))
        #expect(second.isDone && !second.isResumed)
    }

    /// The keys go with the last connection of the context, not with whoever made it.
    @Test func theKeysOutliveTheContextAsLongAsAConnection() throws {
        weak var tickets: TicketKeys?
        var ssl: OpaquePointer?
        do {
            let server = try context(TestCertificate())
            tickets = server.tickets
            ssl = server.makeSSL()
        }
        #expect(tickets != nil)
        SSL_free(ssl)
        #expect(tickets == nil)
    }

    @Test(arguments: versions, [0, 15, 16, 31, 32, 100, -33, -1])
    func aForgedTicketIsAFullHandshake(version: Int32, octet: Int) throws {
        let server = try context(TestCertificate())
        let client = try MemoryClient(version: version)
        #expect(try !client.connect(to: server).isResumed)
        try client.withTicket { ticket in ticket[octet < 0 ? ticket.count + octet : octet] ^= 1 }
        let second = try client.connect(to: server)
        #expect(second.isDone && !second.isResumed)
        #expect(try client.connect(to: server).isResumed)
    }

    @Test func twoTicketsOfOneKeyHaveItsNameAndVectorsOfTheirOwn() throws {
        let server = try context(TestCertificate())
        let clients = try (0..<2).map { _ in try MemoryClient(version: TLS1_2_VERSION) }
        for client in clients { _ = try client.connect(to: server) }
        let tickets = try clients.map { try $0.withTicket { Array($0) } }
        #expect(tickets[0].prefix(16) == tickets[1].prefix(16))
        #expect(tickets[0][16..<32] != tickets[1][16..<32])
        time.advance(by: 7_200)
        let later = try MemoryClient(version: TLS1_2_VERSION)
        _ = try later.connect(to: server)
        #expect(try later.withTicket { Array($0.prefix(16)) } != Array(tickets[0].prefix(16)))
    }

    /// What anybody could send again is not even read (RFC 8446 §8).
    @Test func earlyDataIsNotOfferedAndDroppedWhenItComes() throws {
        let server = try context(TestCertificate())
        let client = try MemoryClient(version: TLS1_3_VERSION)
        _ = try client.connect(to: server)
        #expect(SSL_SESSION_get_max_early_data(client.session) == 0)
        let outcome = try client.connect(to: server, early: Array("GET / HTTP/1.1\r\n".utf8))
        #expect(outcome.isDone && outcome.earlyData == SSL_EARLY_DATA_REJECTED)
    }
}
