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
    let configuration: ServerConfiguration
    let responder: Responder
    let census: ConnectionCensus
    private let http: OpaquePointer
    private var newborns: [Connection] = []
    private var newbornEvent: OpaquePointer?
    /// By descriptor: how a callback of evhttp finds our connection.
    private(set) var connections: [Connection?] = []
    private var sockets: [OpaquePointer] = []
    private var sharedListeners: [SharedListener] = []
    private var nextRequest: UInt64
    /// Seconds since the loop was made: what deadlines go by.
    private(set) var now = 0
    private var seenPauses = 0
    private var paused = false
    private var shed = 0
    var writer = ResponseWriter()

    /// Answers close their connection while this is set.
    let isDraining = Atomic(false)
    /// Connections with a request that is not answered to the last byte.
    let busy = Atomic(0)

    init(
        loop: EventLoop, configuration: ServerConfiguration, responder: Responder, census: ConnectionCensus
    ) throws(ServerError) {
        self.loop = loop
        self.configuration = configuration
        self.responder = responder
        self.census = census
        nextRequest = UInt64.random(in: .min ... .max)
        guard let http = evhttp_new(loop.base) else {
            throw ServerError(operation: "creating an HTTP server", code: errno)
        }
        self.http = http
        newbornEvent = event_new(
            loop.base, -1, 0, { _, _, context in HTTPLoop.from(context).settleNewborns() }, opaque)
        evhttp_set_default_content_type(http, nil)
        evhttp_set_gencb(http, { request, context in HTTPLoop.from(context).dispatch(request) }, opaque)
        evhttp_set_bevcb(http, { _, context in HTTPLoop.from(context).makeBufferevent() }, opaque)
        loop.every(seconds: 1) { [unowned self] in tick() }
    }

    deinit {
        evhttp_free(http)
        event_free(newbornEvent)
    }

    /// The one place that turns a C callback's context back into its HTTP loop, which outlives its evhttp.
    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPLoop {
        guard let context else { preconditionFailure("evhttp's callbacks always have their loop as context") }
        return Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue()
    }

    private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Accepts from a socket; evhttp closes it in the end. Before the loop runs.
    func accept(from socket: consuming ListeningSocket) throws(ServerError) {
        let descriptor = socket.release()
        guard let bound = evhttp_accept_socket_with_handle(http, descriptor) else {
            let code = errno
            close(descriptor)
            throw ServerError(operation: "accepting connections", code: code)
        }
        watch(bound)
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
        watch(bound)
    }

    private func watch(_ bound: OpaquePointer) {
        sockets.append(bound)
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
        for socket in sockets { evconnlistener_enable(evhttp_bound_socket_get_listener(socket)) }
    }

    /// Takes no more connections, and ends those that wait for a next request. On the loop.
    ///
    /// Closing a listening socket resets the clients in its queue, so these are accepted first, a turn of the loop at
    /// a time, `patience` times at most.
    func stopAccepting(patience: Int = 1_000) {
        for listener in sharedListeners { listener.retire() }
        if patience > 0, sockets.contains(where: hasWaitingClients) {
            return loop.submit { [self] in stopAccepting(patience: patience - 1) }
        }
        for socket in sockets { evhttp_del_accept_socket(http, socket) }
        sockets = []
        // In the next turn, when epoll has been told: a socket that the service manager holds as well would stay
        // registered, and with a client waiting there the loop would never sleep.
        if !sharedListeners.isEmpty { loop.submit { [self] in sharedListeners = [] } }
        for case let connection? in connections where connection.isIdle { connection.end() }
    }

    private func hasWaitingClients(_ socket: OpaquePointer) -> Bool {
        var look = pollfd(fd: evhttp_bound_socket_get_fd(socket), events: Int16(POLLIN), revents: 0)
        return poll(&look, 1, 0) > 0
    }

    /// What one connection too many is told.
    func makeShedAnswer() -> [UInt8] {
        shed += 1
        writer.write(
            responder.tooManyConnections, ResponseWriter.Context(id: makeRequestID(), closes: true),
            seconds: seconds)
        return writer.buffer
    }

    private func tick() {
        now += 1
        if shed > 0 { responder.report(.shedConnections(shed)) }
        shed = 0
        // By index: a connection that has run out of time takes itself out.
        for index in connections.indices { connections[index]?.checkPatience() }
        resumeAccepting()
        if paused { responder.report(.pausedAccepting) }
        paused = false
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
        // Kept until the newborn is settled, even if evhttp gives up on it before.
        bufferevent_incref(bufferevent)
        newborns.append(Connection(bufferevent: bufferevent, http: self))
        if newborns.count == 1 { event_active(newbornEvent, Int32(EV_TIMEOUT), 0) }
        return bufferevent
    }

    private func settleNewborns() {
        let born = newborns
        newborns = []
        for connection in born {
            if let descriptor = connection.settle() {
                if descriptor >= connections.count {
                    connections += Array(repeating: nil, count: descriptor + 64 - connections.count)
                }
                connections[descriptor] = connection
            }
            bufferevent_decref(connection.bufferevent)
        }
    }

    /// Forgets a connection that evhttp is about to free.
    func remove(_ connection: Connection) {
        let descriptor = Int(connection.descriptor)
        if connections.indices.contains(descriptor), connections[descriptor] === connection {
            connections[descriptor] = nil
        }
        resumeAccepting()
    }

    /// evhttp has read the stand-in of a request that passed the gate.
    private func dispatch(_ request: UnsafeMutablePointer<evhttp_request>?) {
        guard let request, let evhttpConnection = evhttp_request_get_connection(request) else { return }
        let descriptor = Int(bufferevent_getfd(evhttp_connection_get_bufferevent(evhttpConnection)))
        guard connections.indices.contains(descriptor), let connection = connections[descriptor] else {
            preconditionFailure("every connection is settled before its first byte is read")
        }
        connection.begin(request)
    }
}
