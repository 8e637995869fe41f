import Glibc
public import HTTP
import Synchronization
import Workers

/// The HTTP server: loops, their listening sockets, their threads.
public final class Server: Sendable {
    /// Where it listens, with the ports that the system chose.
    public let addresses: [ListeningAddress]
    /// The same for TLS.
    public let secureAddresses: [ListeningAddress]
    /// The paths of the Unix-domain sockets on which it listens.
    public let unixPaths: [String]
    private let loops: [HTTPLoop]
    private let tickets: TicketKeys?
    private let drainTimeout: Duration
    private let threads: String

    /// Makes the loops and binds every address; from now on clients can connect, but nobody answers before `start`.
    public init(_ configuration: ServerConfiguration, responder: Responder) throws(ServerError) {
        // A vanished client must be an error of one write, not the end of the process. OpenSSL and writev need it.
        signal(SIGPIPE, SIG_IGN)
        drainTimeout = configuration.drainTimeout
        threads = configuration.threads
        tickets = configuration.tls?.context.tickets
        _ = EventLoop.prepareLibrary
        var loops: [HTTPLoop] = []
        for _ in 0..<max(1, configuration.loops) {
            loops.append(
                try HTTPLoop(loop: EventLoop(), configuration: configuration, responder: responder))
        }
        self.loops = loops
        let bound = try Self.bind(configuration.addresses, to: loops, isSecure: false)
        let shared = try Self.sharedListeners(of: configuration)
        for listener in shared {
            for loop in loops { try loop.accept(from: listener) }
        }
        addresses = bound + shared.compactMap(\.address)
        unixPaths = shared.filter { $0.address == nil }.map(\.path)
        secureAddresses = try Self.bind(configuration.tls?.addresses ?? [], to: loops, isSecure: true)
    }

    private static func bind(
        _ addresses: [ListeningAddress], to loops: [HTTPLoop], isSecure: Bool
    ) throws(ServerError) -> [ListeningAddress] {
        var bound: [ListeningAddress] = []
        for wanted in addresses {
            var address = wanted
            // All addresses of one kind share the port that the first one got.
            if address.port == 0, let first = bound.first { address.port = first.port }
            do {
                bound.append(try Self.bind(address, to: loops, isSecure: isSecure))
            } catch {
                // A name stands for several addresses: one that works is enough.
                let isLastHope = bound.isEmpty && wanted == addresses.last
                guard error.isForeignFamily, !isLastHope else { throw error }
            }
        }
        return bound
    }

    private static func bind(
        _ wanted: ListeningAddress, to loops: [HTTPLoop], isSecure: Bool
    ) throws(ServerError) -> ListeningAddress {
        var address = wanted
        try ListeningSocket.probe(address)
        for loop in loops {
            let socket = try ListeningSocket(address, shared: loops.count > 1)
            address.port = socket.port
            try loop.accept(from: socket, isSecure: isSecure)
        }
        return address
    }

    private static func sharedListeners(
        of configuration: ServerConfiguration
    ) throws(ServerError) -> [SharedListener] {
        var listeners: [SharedListener] = []
        for descriptor in configuration.inheritedSockets {
            listeners.append(try SharedListener(inherited: descriptor))
        }
        if let socket = configuration.unixSocket {
            listeners.append(try SharedListener(path: socket.path, mode: socket.mode))
        }
        return listeners
    }

    /// Runs `body` on the first loop's thread every `seconds`, and while it returns true, again in the next turn of
    /// the loop: long work is done in slices between requests. Before `start`.
    public func every(seconds: Int, _ body: @escaping @Sendable () -> Bool) {
        let loop = loops[0].loop
        @Sendable func run() {
            if body() { loop.submit(run) }
        }
        loop.every(seconds: seconds, run)
    }

    /// Runs `body` on the first loop's thread at this interval, as long as every loop goes round: not before each has
    /// answered since the last time. Before `start`.
    public func heartbeat(every interval: Duration, _ body: @escaping @Sendable () -> Void) {
        let missing = SharedCount()
        loops[0].loop.every(interval) { [loops = loops.map(\.loop)] in
            guard missing.value.load(ordering: .relaxed) == 0 else { return }
            body()
            missing.value.store(loops.count, ordering: .relaxed)
            for loop in loops { loop.submit { missing.value.subtract(1, ordering: .relaxed) } }
        }
    }

    /// Starts one thread per loop.
    public func start() -> RunningServer {
        RunningServer(loops: loops, threads: threads, tickets: tickets, drainTimeout: drainTimeout)
    }
}

/// A number that several threads count.
private final class SharedCount: Sendable {
    let value = Atomic(0)
}

/// A server whose threads run.
public final class RunningServer: Sendable {
    let loops: [HTTPLoop]
    private let threads: [WorkerThread]
    /// Those of TLS tickets, through every reload.
    private let tickets: TicketKeys?
    private let drainTimeout: Locked<Duration>

    /// Between two looks at whether the last request has been answered.
    private static let pause: UInt32 = 5_000  // µs

    init(loops: [HTTPLoop], threads name: String, tickets: TicketKeys?, drainTimeout: Duration) {
        self.loops = loops
        self.tickets = tickets
        self.drainTimeout = Locked(drainTimeout)
        threads = loops.enumerated().map { index, http in
            WorkerThread.start(name: "\(name)-\(index)") { http.loop.run() }
        }
    }

    /// Puts other settings in force: for each request that begins from then on, on whatever connection, and for each
    /// new connection. Requests in flight end as they began, and TLS sessions can be
    /// resumed as before. Blocks until every loop goes by them.
    public func adopt(_ settings: LiveSettings) {
        drainTimeout.withLock { $0 = settings.drainTimeout }
        if let tickets { settings.tls?.goOn(with: tickets) }
        let missing = Monitor(loops.count)
        for http in loops {
            http.loop.submit {
                http.adopt(settings)
                missing.withLock { $0 -= 1 }
                missing.notifyAll()
            }
        }
        missing.wait { $0 == 0 ? () : nil }
    }

    /// Stops accepting, answers what has been asked, closes, and ends the threads. Blocks until then, or until the
    /// drain timeout, or `limit` in its place; returns whether everything was answered.
    public func drain(within limit: Duration? = nil) -> Bool {
        for http in loops {
            http.isDraining.store(true, ordering: .relaxed)
            http.loop.submit { http.stopAccepting() }
        }
        let clock = ContinuousClock()
        let deadline = clock.now + (limit ?? drainTimeout.withLock { $0 })
        while loops.contains(where: \.hasWork), clock.now < deadline {
            usleep(Self.pause)
        }
        let isDone = !loops.contains(where: \.hasWork)
        for http in loops {
            http.loop.submit { http.endConnections() }
            http.loop.stop()
        }
        for thread in threads { thread.join() }
        return isDone
    }
}
