import HTTP
import Synchronization
import Testing
import Workers

@testable import Server

/// A server on a port of its own, in this process, for the time of one test.
final class LiveServer: Sendable {
    let addresses: [ListeningAddress]
    let running: RunningServer

    init(
        host: String = "127.0.0.1", loops: Int = 1, limits: RequestLimits = RequestLimits(),
        timeouts: Timeouts = Timeouts(), connections: ConnectionLimits = ConnectionLimits(),
        replyPath: ReplyPath = .fast, drainTimeout: Duration = .seconds(10),
        reply: @escaping @Sendable (Request) -> Responder.Reply
    ) throws {
        let configuration = ServerConfiguration(
            addresses: try ListeningAddress.resolve(host: host, port: 0), loops: loops, limits: limits,
            timeouts: timeouts, connections: connections, replyPath: replyPath, drainTimeout: drainTimeout)
        let responder = Responder(
            respond: reply,
            refuse: { refusal, _, _ in Response(status: refusal.status, body: Array(refusal.reason.utf8)) })
        let server = try Server(configuration, responder: responder)
        addresses = server.addresses
        running = server.start()
    }

    /// One whose every answer is waited for.
    convenience init(
        host: String = "127.0.0.1", loops: Int = 1, limits: RequestLimits = RequestLimits(),
        timeouts: Timeouts = Timeouts(), connections: ConnectionLimits = ConnectionLimits(),
        replyPath: ReplyPath = .fast, drainTimeout: Duration = .seconds(10),
        respond: @escaping @Sendable (Request) async -> Response
    ) throws {
        try self.init(
            host: host, loops: loops, limits: limits, timeouts: timeouts, connections: connections,
            replyPath: replyPath, drainTimeout: drainTimeout,
            reply: { request in .pending(route: 0) { await respond(request) } })
    }

    func connect(receiveBuffer: Int32? = nil) throws -> RawClient {
        try RawClient(addresses[0], receiveBuffer: receiveBuffer)
    }

    /// Whether the server answers a new client.
    func isAlive() throws -> Bool {
        try connect().ask("GET /alive HTTP/1.0\r\n\r\n")?.status == 200
    }

    /// Waits until every loop says so. Each look is a job of the loop, so this is no spinning.
    func wait(until condition: @escaping @Sendable (HTTPLoop) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if running.loops.allSatisfy({ on($0, condition) }) { return true }
        }
        return false
    }

    /// Whether it comes to nothing but waiting for clients, of which there are none.
    func isLeftAlone() -> Bool {
        wait { http in http.connections.allSatisfy { $0 == nil } && http.busy.load(ordering: .relaxed) == 0 }
    }

    /// Whether it comes to so many unanswered requests on each loop.
    func isBusy(with count: Int) -> Bool {
        wait { $0.busy.load(ordering: .relaxed) == count }
    }

    /// What `body` says on a loop's thread.
    func on<T: Sendable>(_ http: HTTPLoop, _ body: @escaping @Sendable (HTTPLoop) -> T) -> T {
        let answer = Monitor<T?>(nil)
        http.loop.submit {
            let value = body(http)
            answer.withLock { $0 = value }
            answer.notifyAll()
        }
        return answer.wait { $0 }
    }

    /// Ends the server; whether every request was answered.
    func drain() -> Bool {
        running.drain()
    }

    /// The path of each request, as content.
    static let echo: @Sendable (Request) async -> Response = { request in
        request.path == "/empty"
            ? Response(status: .noContent)
            : Response(
                status: .ok, body: Array("\(request.method.rawValue) \(request.path) ".utf8) + request.body)
    }
}

extension Responder {
    /// One whose every answer is waited for.
    init(
        respond: @escaping @Sendable (Request) async -> Response,
        refuse: @escaping @Sendable (Refusal, RequestID, PeerAddress) -> Response
    ) {
        self.init(respond: { request in .pending(route: 0) { await respond(request) } }, refuse: refuse)
    }
}

/// Work that a test holds up, and lets go when it has seen enough.
final class Barrier: Sendable {
    private let arrived = Monitor(0)
    private let open = Monitor(false)
    private let pool: WorkerPool

    init(threads: Int = 1) {
        pool = WorkerPool(name: "barrier", threads: threads, capacity: 1_000)
    }

    /// Suspends until `lift`.
    func pass() async {
        arrived.withLock { $0 += 1 }
        arrived.notifyAll()
        await pool.perform { [open] in _ = open.wait { $0 ? true : nil } }
    }

    /// Waits until so many have come.
    func wait(for count: Int) {
        _ = arrived.wait { $0 >= count ? true : nil }
    }

    func lift() {
        open.withLock { $0 = true }
        open.notifyAll()
    }

    func stop() {
        pool.stop()
    }
}

extension WorkerPool {
    /// What `work` says; nil, and a failed test, when the pool does not take it.
    @discardableResult func perform<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async -> T? {
        do {
            return try await run(work)
        } catch {
            Issue.record(error)
            return nil
        }
    }
}
