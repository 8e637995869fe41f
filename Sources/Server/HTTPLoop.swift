import CEvent
import Glibc
import HTTP
import Synchronization

/// evhttp on one loop: its connections, its writer, its request numbers.
///
/// evhttp 2.1.12 tells nobody about a new connection. So each is born in `bevcb`, where its bufferevent is made,
/// and settled by an event of the same loop turn, when evhttp has put itself behind the bufferevent.
// @unchecked: confined to its loop's thread after `start`; `isDraining` and the counters are atomics.
final class HTTPLoop: @unchecked Sendable {
    let loop: EventLoop
    let replyPath: ReplyPath
    /// What holds for the next request; replaced on the loop, as a whole.
    private(set) var settings: LiveSettings
    let census: ConnectionCensus
    private let http: OpaquePointer
    /// For the TLS listeners: evhttp has one way of making bufferevents. Nil without TLS.
    private let secureHTTP: OpaquePointer?
    /// On every answer over TLS (RFC 6797 §6.1).
    private(set) var strictTransportSecurity: ResponseField?
    private var newborns: [Connection] = []
    /// The plain connection whose stand-in evhttp is reading.
    private var reading: Connection?
    private var newbornEvent: OpaquePointer?
    /// By descriptor: how a callback of evhttp finds our connection.
    private(set) var connections: [Connection?] = []
    private var sockets: [Listener] = []
    private var sharedListeners: [SharedListener] = []
    private var nextRequest: UInt64
    /// Seconds since the loop was made: what deadlines go by.
    private(set) var now = 0
    private var seenPauses = 0
    private var paused = false
    private var shed = 0
    /// Of these, in this second, how many were let in to be told.
    private var surplus = 0
    private var heap = HeapTrim()
    var writer = ResponseWriter()
    /// What plain sockets are read into: octets that one read takes at most.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)

    /// Answers close their connection while this is set.
    let isDraining = Atomic(false)
    /// Whether requests may still come that nobody has counted. Until `stopAccepting` has done its work.
    let isAccepting = Atomic(true)
    /// Connections with a request that is not answered to the last byte.
    let busy = Atomic(0)

    /// Whether anything is, or may be, unanswered. From any thread.
    var hasWork: Bool { isAccepting.load(ordering: .acquiring) || busy.load(ordering: .relaxed) > 0 }

    init(
        loop: EventLoop, configuration: ServerConfiguration, responder: Responder, census: ConnectionCensus
    ) throws(ServerError) {
        self.loop = loop
        replyPath = configuration.replyPath
        settings = LiveSettings(configuration, responder: responder)
        self.census = census
        nextRequest = UInt64.random(in: .min ... .max)
        strictTransportSecurity = settings.strictTransportSecurity
        http = try Self.makeHTTP(loop)
        secureHTTP = configuration.tls == nil ? nil : try Self.makeHTTP(loop)
        newbornEvent = event_new(
            loop.base, -1, 0, { _, _, context in HTTPLoop.from(context).settleNewborns() }, opaque)
        for http in [http, secureHTTP].compactMap(\.self) {
            evhttp_set_default_content_type(http, nil)
            evhttp_set_gencb(http, { request, context in HTTPLoop.from(context).dispatch(request) }, opaque)
        }
        evhttp_set_bevcb(http, { _, context in HTTPLoop.from(context).makeBufferevent() }, opaque)
        if let secureHTTP {
            evhttp_set_bevcb(
                secureHTTP, { _, context in HTTPLoop.from(context).makeSecureBufferevent() }, opaque)
        }
        loop.every(seconds: 1) { [unowned self] in tick() }
    }

    /// Goes by other settings: for every request that begins from now on. On the loop.
    func adopt(_ settings: LiveSettings) {
        precondition(secureHTTP == nil || settings.tls != nil, "TLS listeners have a context")
        self.settings = settings
        strictTransportSecurity = settings.strictTransportSecurity
    }

    private static func makeHTTP(_ loop: EventLoop) throws(ServerError) -> OpaquePointer {
        guard let http = evhttp_new(loop.base) else {
            throw ServerError(operation: "creating an HTTP server", code: errno)
        }
        return http
    }

    deinit {
        evhttp_free(http)
        if let secureHTTP { evhttp_free(secureHTTP) }
        event_free(newbornEvent)
        scratch.deallocate()
    }

    /// The one place that turns a C callback's context back into its HTTP loop, which outlives its evhttp.
    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPLoop {
        guard let context else { preconditionFailure("evhttp's callbacks always have their loop as context") }
        return Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue()
    }

    private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Accepts from a socket; evhttp closes it in the end. Before the loop runs.
    func accept(from socket: consuming ListeningSocket, isSecure: Bool) throws(ServerError) {
        guard let http = isSecure ? secureHTTP : http else {
            preconditionFailure("a loop accepts TLS when it is configured")
        }
        let descriptor = socket.release()
        guard let bound = evhttp_accept_socket_with_handle(http, descriptor) else {
            let code = errno
            close(descriptor)
            throw ServerError(operation: "accepting connections", code: code)
        }
        watch(Listener(http: http, bound: bound, isShared: false))
    }

    /// Accepts from a socket that other loops accept from as well; it outlives evhttp's part. Before the loop runs.
    func accept(from listener: SharedListener) throws(ServerError) {
        // Without LEV_OPT_CLOSE_ON_FREE: the same descriptor, not a copy, which the changelist forbids.
        let own = evconnlistener_new(loop.base, nil, nil, LEV_OPT_CLOSE_ON_EXEC, 0, listener.descriptor)
        guard let own else { throw ServerError(operation: "accepting connections", code: errno) }
        guard let bound = evhttp_bind_listener(http, own) else {
            let code = errno
            evconnlistener_free(own)
            throw ServerError(operation: "accepting connections", code: code)
        }
        sharedListeners.append(listener)
        watch(Listener(http: http, bound: bound, isShared: true))
    }

    /// A socket that evhttp accepts from.
    private struct Listener {
        let http: OpaquePointer
        let bound: OpaquePointer
        /// Others accept from it too, perhaps after this process has ended.
        let isShared: Bool
    }

    private func watch(_ listener: Listener) {
        sockets.append(listener)
        let bound = listener.bound
        // Out of descriptors or memory, libevent would try again at once, for ever.
        evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(bound)) { listener, _ in
            HTTPLoop.pauses.add(1, ordering: .relaxed)
            evconnlistener_disable(listener)
        }
    }

    /// How often a listener of any loop was paused: its callback has no way to find its loop.
    private static let pauses = Atomic(0)

    /// Accepts again if it was paused. When a connection has ended, and every second.
    private func resumeAccepting() {
        let pauses = Self.pauses.load(ordering: .relaxed)
        guard pauses != seenPauses else { return }
        seenPauses = pauses
        paused = true
        for socket in sockets { evconnlistener_enable(evhttp_bound_socket_get_listener(socket.bound)) }
    }

    /// Takes no more connections, and ends those that wait for a next request. On the loop.
    ///
    /// Closing a listening socket resets the clients in its queue, so these are accepted first, a turn of the loop at
    /// a time, `patience` times at most. None gets in behind them: it asks again a second later, and is refused.
    func stopAccepting() {
        for listener in sharedListeners { listener.retire() }
        for socket in sockets where !socket.isShared {
            _ = sessiond_drop_handshakes(evhttp_bound_socket_get_fd(socket.bound))
        }
        // What another core has half done in the kernel gets there meanwhile, also where cores are scarce.
        loop.after(milliseconds: 50) { [self] in emptyQueues(patience: 1_000) }
    }

    private func emptyQueues(patience: Int) {
        if patience > 0, sockets.contains(where: { hasWaitingClients($0.bound) }) {
            return loop.submit { [self] in emptyQueues(patience: patience - 1) }
        }
        for socket in sockets { evhttp_del_accept_socket(socket.http, socket.bound) }
        sockets = []
        // In the next turn, when epoll has been told: a socket that the service manager holds as well would stay
        // registered, and with a client waiting there the loop would never sleep.
        if !sharedListeners.isEmpty { loop.submit { [self] in sharedListeners = [] } }
        endIdleConnections()
    }

    /// Looks at idle connections before they are ended whatever happens, and milliseconds between two: a second in all.
    private static let looks = 200
    private static let pause = 5

    /// A request that has reached the machine, but not yet this process, is a request: its connection is read first.
    /// So is the first one of a client that was accepted just now: it may be on its way (RFC 9112 §9.3.1 allows to ask
    /// again only for the further ones).
    private func endIdleConnections(looks: Int = HTTPLoop.looks) {
        var waits = !newborns.isEmpty
        for case let connection? in connections where connection.isIdle {
            let isAsking = connection.isNew || connection.hasUnreadInput
            if looks > 0, isAsking { waits = true } else { connection.end() }
        }
        guard waits else { return isAccepting.store(false, ordering: .releasing) }
        loop.after(milliseconds: Self.pause) { [self] in endIdleConnections(looks: looks - 1) }
    }

    private func hasWaitingClients(_ socket: OpaquePointer) -> Bool {
        var look = pollfd(fd: evhttp_bound_socket_get_fd(socket), events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0
    }

    /// What one connection too many is told.
    func makeShedAnswer() -> [UInt8] {
        shed += 1
        writer.write(
            settings.responder.tooManyConnections, ResponseWriter.Context(id: makeRequestID(), closes: true),
            seconds: seconds)
        return writer.buffer
    }

    /// Handshakes a second for connections that are one too many: about a hundredth of a core.
    private static let surplusRate = 16

    /// Whether a TLS connection too many gets a handshake, and 503 as the answer to its first request. A few do: a
    /// handshake costs us more than the client pays for it (docs/HTTP.md).
    func takesSurplus() -> Bool {
        guard surplus < Self.surplusRate, census.enterSurplus() else { return false }
        surplus += 1
        shed += 1
        return true
    }

    private func tick() {
        now += 1
        if shed > 0 { settings.responder.report(.shedConnections(shed)) }
        shed = 0
        surplus = 0
        settings.tls?.tickets?.turn()
        checkPatience(from: 0)
        heap.check(census.count, on: loop)
        resumeAccepting()
        if paused { settings.responder.report(.pausedAccepting) }
        paused = false
    }

    /// Connections that one turn of the loop looks at: where all of them have run out of time, some milliseconds.
    private static let slice = 64

    /// By index: a connection that has run out of time takes itself out.
    private func checkPatience(from start: Int) {
        let end = min(start + Self.slice, connections.count)
        for index in start..<max(start, end) { connections[index]?.checkPatience() }
        if end < connections.count { loop.submit { [self] in checkPatience(from: end) } }
    }

    /// Ends every connection, answered or not. On the loop, as the last thing: `closed` needs this object, which in
    /// `deinit` is too late.
    func endConnections() {
        for case let connection? in connections { connection.end() }
        sharedListeners = []
    }

    /// A fresh request number.
    func makeRequestID() -> RequestID {
        nextRequest &+= 1
        return RequestID(rawValue: nextRequest)
    }

    /// The wall clock in seconds, from the time that libevent read when the loop woke up.
    var seconds: Int {
        var now = timeval()
        event_base_gettimeofday_cached(loop.base, &now)
        return now.tv_sec
    }

    // MARK: Birth and death of connections

    private func makeBufferevent() -> OpaquePointer? {
        guard let bufferevent = bufferevent_socket_new(loop.base, -1, 0) else { return nil }
        adopt(Connection(bufferevent: bufferevent, http: self))
        return bufferevent
    }

    private func makeSecureBufferevent() -> OpaquePointer? {
        guard let tls = settings.tls else { preconditionFailure("TLS listeners have a context") }
        let (bufferevent, session) = tls.makeBufferevent(base: loop.base)
        adopt(Connection(bufferevent: bufferevent, tls: session, http: self))
        return bufferevent
    }

    private func adopt(_ newborn: Connection) {
        // Kept until the newborn is settled, even if evhttp gives up on it before.
        bufferevent_incref(newborn.bufferevent)
        newborns.append(newborn)
        if newborns.count == 1 { event_active(newbornEvent, Int32(EV_TIMEOUT), 0) }
    }

    private func settleNewborns() {
        let born = newborns
        newborns = []
        for connection in born {
            if let descriptor = connection.settle() {
                makeRoom(for: descriptor)
                connections[descriptor] = connection
            }
            bufferevent_decref(connection.bufferevent)
        }
    }

    private func makeRoom(for descriptor: Int) {
        let count = connections.count
        guard descriptor >= count else { return }
        connections += Array(repeating: nil, count: descriptor + 512 - count)
        for further in count..<connections.count { loop.reserve(Int32(further)) }
    }

    /// Forgets a connection that evhttp is about to free.
    func remove(_ connection: Connection) {
        let descriptor = Int(connection.descriptor)
        if connections.indices.contains(descriptor), connections[descriptor] === connection {
            connections[descriptor] = nil
        }
        resumeAccepting()
    }

    /// Has evhttp read the stand-in of a plain connection now.
    func read(_ connection: Connection) {
        reading = connection
        bufferevent_trigger(connection.bufferevent, Int16(EV_READ), 0)
        reading = nil
    }

    /// evhttp has read the stand-in of a request that passed the gate.
    private func dispatch(_ request: UnsafeMutablePointer<evhttp_request>?) {
        guard let request else { return }
        if let reading { return reading.begin(request) }
        guard let evhttpConnection = evhttp_request_get_connection(request) else { return }
        let descriptor = Int(bufferevent_getfd(evhttp_connection_get_bufferevent(evhttpConnection)))
        guard connections.indices.contains(descriptor), let connection = connections[descriptor] else {
            preconditionFailure("every connection is settled before its first byte is read")
        }
        connection.begin(request)
    }
}
