import CEvent
import Glibc
import HTTP
import Synchronization

/// One connection: the gate in front of evhttp's parser, and the request that is being answered.
///
/// The gate holds whole requests; evhttp is shown a constant stand-in for each, when it is ready to read one, and so
/// keeps the order and the life of the connection without ever parsing what a client sent (docs/adr/0002).
/// The evhttp_request belongs to evhttp. It is valid from `begin` until it is handed back by `reply`, or until
/// `closed`, which evhttp calls before it frees a connection for whatever reason; after that nothing is touched.
// @unchecked: confined to the loop's thread; a handler's task, which runs on the loop, carries it along.
final class Connection: @unchecked Sendable {
    private enum State {
        /// Reading: evhttp waits for a request.
        case reading
        /// A stand-in is in the input buffer; evhttp calls `begin` in this or the next turn.
        case announced
        /// A handler has the request, or its answer is being written.
        case answering(UnsafeMutablePointer<evhttp_request>)
        /// The answer is out; what the client still sends is dropped until it stops.
        case lingering(UnsafeMutablePointer<evhttp_request>, Lingering)
        /// evhttp has let go.
        case closed
    }

    let bufferevent: OpaquePointer
    /// Reads and writes in the place of the bufferevent. Nil over TLS and on the slow path, and before `settle`.
    private(set) var plain: PlainSocket?
    /// Nil: plain HTTP.
    private let tls: TLSSession?
    private let standIns: StandIns
    private(set) var descriptor: Int32 = -1
    /// Not counted: it outlives its connections (`HTTPLoop.endConnections`), and is asked for at every step.
    private unowned(unsafe) let http: HTTPLoop
    private var evhttpConnection: OpaquePointer?
    private var peer = PeerAddress.unknown
    private var gate: RequestGate
    private var state = State.reading
    /// What `begin` begins: a request or a refusal.
    private var announced: RequestGate.Step?
    private var patience: Patience
    private var requests = 0
    /// False once it is settled: it is one too many, and is told so.
    private var isCounted = false
    /// What the answer must know; nil once it was given, so that a second one is dropped.
    private var awaited: ResponseWriter.Context?
    /// For figures: when the request began, its method if there is one, and the route of what is waited for.
    private var figures = (began: 0, method: Method?.none, route: UInt16(0))
    private var closesAfterReply = false
    private var isAdvancing = false
    /// Whether the gate may have more requests, whose turn comes next. On the loop.
    private(set) var isPostponed = false
    private var inputCallback: OpaquePointer?

    init(bufferevent: OpaquePointer, tls: TLSSession? = nil, http: HTTPLoop) {
        self.bufferevent = bufferevent
        self.tls = tls
        standIns = StandIns(for: bufferevent, isTLS: tls != nil)
        self.http = http
        gate = RequestGate(limits: http.settings.limits)
        patience = Patience(.request(isFirst: true), at: http.now)
    }

    /// The one place that turns a C callback's context back into its connection. `HTTPLoop` holds the connection
    /// from birth until `closed`, and no callback comes after that.
    static func from(_ context: UnsafeMutableRawPointer?) -> Connection {
        guard let context else { preconditionFailure("a connection's callback has it as context") }
        return Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    }

    private var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Connects to what evhttp has made since `bevcb`. Nil: the connection is gone, because evhttp gave it up, or
    /// because there are too many.
    func settle() -> Int? {
        var read: bufferevent_data_cb?
        var context: UnsafeMutableRawPointer?
        bufferevent_getcb(bufferevent, &read, nil, nil, &context)
        guard read != nil, let context else { return nil }
        // evhttp registers the connection itself as the argument of its callbacks.
        evhttpConnection = OpaquePointer(context)
        descriptor = bufferevent_getfd(bufferevent)
        peer = PeerAddress(peerOf: descriptor)
        isCounted = http.census.enter(peer, within: http.settings.connections)
        guard isCounted || tls != nil && http.takesSurplus() else {
            let answer = http.makeShedAnswer()
            // Over TLS there would have to be a handshake first.
            if tls == nil { _ = write(answer) }
            evhttp_connection_free(evhttpConnection)
            return nil
        }
        evhttp_connection_set_closecb(
            evhttpConnection, { _, context in Connection.from(context).closed() }, opaque)
        guard tls != nil || http.replyPath == .library else {
            // The descriptor stays evhttp's, which closes it in the end.
            bufferevent_setfd(bufferevent, -1)
            plain = PlainSocket(descriptor, of: opaque, on: http.loop.base, scratch: http.scratch)
            return Int(descriptor)
        }
        inputCallback = evbuffer_add_cb(
            bufferevent_get_input(bufferevent),
            { _, info, context in
                guard let added = info?.pointee.n_added, added > 0 else { return }
                Connection.from(context).arrived(added)
            }, opaque)
        return Int(descriptor)
    }

    /// evhttp is about to free the connection, and with it the request.
    private func closed() {
        if case .lingering(_, let lingering) = state { lingering.cancel() }
        if case .reading = state {} else { http.busy.subtract(1, ordering: .relaxed) }
        state = .closed
        if isCounted { http.census.leave(peer) } else { http.census.leaveSurplus() }
        if let inputCallback {
            evbuffer_remove_cb_entry(bufferevent_get_input(bufferevent), inputCallback)
        }
        plain?.close()
        plain = nil
        tls?.close()
        http.remove(self)
    }

    /// Whether nothing has been asked on it, nor half asked. On the loop.
    var isIdle: Bool {
        if case .reading = state { gate.isBetweenRequests } else { false }
    }

    /// Whether evhttp waits for a request. On the loop.
    var isReading: Bool {
        if case .reading = state { true } else { false }
    }

    /// Whether nothing was ever asked on it. On the loop.
    var isNew: Bool { requests == 0 }

    /// Whether the kernel has something from the client. On the loop.
    var hasUnreadInput: Bool {
        var octet: UInt8 = 0
        return recv(descriptor, &octet, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Ends the connection, whatever it is doing. On the loop.
    func end() {
        evhttp_connection_free(evhttpConnection)
    }

    // MARK: In

    /// The socket was read into the input buffer; evhttp has not seen it yet. Takes the new bytes away from it.
    private func arrived(_ count: Int) {
        guard !standIns.isFeeding else { return }
        arrived(standIns.takeBehind(count))
    }

    /// The socket was read.
    func arrived(_ bytes: [UInt8]) {
        gate.receive(bytes)
        advance()
    }

    /// Shows evhttp the requests that the gate has, one after another, whenever it waits for one.
    private func advance() {
        // An answer that is there at once is given in the middle of this: the next request follows here, not deeper.
        guard !isAdvancing, !isPostponed else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        var shown = 0
        while isReading, showNext() {
            shown += 1
            if shown == Self.mostInATurn { return postpone() }
        }
    }

    /// Requests of one client that are answered before the others have their turn: one read may bring hundreds.
    private static let mostInATurn = 8

    /// Goes on in the next turn of the loop.
    private func postpone() {
        isPostponed = true
        http.loop.inNextTurn { [self] in
            isPostponed = false
            advance()
        }
    }

    /// False: the gate has none.
    private func showNext() -> Bool {
        gate.adopt(http.settings.limits)
        let step = gate.next()
        switch step {
        case .needsMore:
            notePart()
            return false
        case .awaitsContinue where isCounted:
            notePart()
            // Everything before has been written to the last byte, so this cannot overtake an answer.
            let interim: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
            let sent = interim.withUTF8Buffer { sendNow(UnsafeRawBufferPointer($0)) }
            // No room for 25 octets, or for some of them: the client reads no answers, and the next would be read wrongly.
            if sent < interim.utf8CodeUnitCount { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return false
        case .awaitsContinue, .complete, .refused:
            announce(step)
            return true
        }
    }

    private func notePart() {
        switch gate.part {
        case .none: patience.enter(.request(isFirst: requests == 0), at: http.now)
        case .head: patience.enter(.head, at: http.now)
        case .body: patience.enter(.body, at: http.now)
        }
    }

    private func announce(_ step: consuming RequestGate.Step) {
        state = .announced
        announced = step
        http.busy.add(1, ordering: .relaxed)
        standIns.add()
        if plain != nil { http.read(self) }
    }

    // MARK: Out

    /// evhttp has read the stand-in: the request behind it begins.
    func begin(_ request: UnsafeMutablePointer<evhttp_request>) {
        guard let step = announced.take() else { preconditionFailure("evhttp reads nothing but stand-ins") }
        state = .answering(request)
        if tls != nil { standIns.ignoreReads() }
        // Anew, also when the handler of the request before was the last thing waited for.
        patience = Patience(.handler, at: http.now)
        requests += 1
        figures = (EventLoop.nanoseconds(), nil, 0)
        evhttp_request_set_on_complete_cb(
            request, { _, context in Connection.from(context).completed() }, opaque)
        let id = http.makeRequestID()
        switch consume step {
        case .refused(let refusal):
            awaited = ResponseWriter.Context(id: id, isHead: refusal.isHead, closes: true)
            reply(http.settings.responder.refuse(refusal, id, peer), to: id, lingers: true)
        case .complete(let head, let body) where isCounted:
            figures.method = head.method
            awaited = ResponseWriter.Context(
                id: id, isHead: head.method == .head, isVersion10: head.isVersion10,
                closes: !head.keepAlive || requests >= http.settings.connections.requests)
            let reply = http.settings.responder.respond(
                Request(head: head, body: body, id: id, peer: peer, isSecure: tls != nil))
            switch consume reply {
            case .ready(let response): self.reply(response, to: id)
            case .pending(let route, let work):
                figures.route = route
                Task.immediate(executorPreference: http.loop) { [self] in
                    self.reply(await work(), to: id)
                }
            }
        case .complete(let head, _): refuseSurplus(id, isHead: head.method == .head)
        case .awaitsContinue, .needsMore: refuseSurplus(id, isHead: false)
        }
    }

    /// There are too many connections, and this is one of those.
    private func refuseSurplus(_ id: RequestID, isHead: Bool) {
        awaited = ResponseWriter.Context(id: id, isHead: isHead, closes: true)
        reply(http.settings.responder.tooManyConnections, to: id, lingers: true)
    }

    /// Sends the answer, unless there was one already, or the connection ended in the meantime.
    private func reply(_ response: consuming Response, to id: RequestID, lingers: Bool = false) {
        guard case .answering(let request) = state, var context = awaited, context.id == id else { return }
        awaited = nil
        if tls != nil, let field = http.strictTransportSecurity { response.fields.append(field) }
        if response.closesConnection || http.isDraining.load(ordering: .relaxed) { context.closes = true }
        closesAfterReply = context.closes
        switch http.replyPath {
        case .library:
            http.meter.answered(response, figures.method, since: figures.began)
            replyByLibrary(response, context, request)
        case .fast:
            http.writer.write(response, context, seconds: http.seconds)
            request.pointee.chunked = 0
            if context.closes { closeAfterwards(request) }
            let isOut = write(http.writer.buffer)
            http.meter.answered(response, figures.method, since: figures.began)
            if lingers, isOut {
                linger(request)
            } else if isOut || plain == nil {
                finish(request)
            }
        }
    }

    /// Hands a request back to evhttp: now, or for the bufferevent to do when its output is out.
    private func finish(_ request: UnsafeMutablePointer<evhttp_request>) {
        evhttp_send_reply_end(request)
        // evhttp waits for the next one only when it is done with this.
        if plain != nil { advance() }
    }

    /// The client has taken the rest of the answer from the plain socket.
    func drained() {
        if case .answering(let request) = state { finish(request) }
    }

    /// Sends at once what the socket takes and queues the rest. True: nothing is left.
    private func write(_ bytes: [UInt8]) -> Bool {
        let sent = bytes.withUnsafeBytes(sendNow)
        guard sent < bytes.count else { return true }
        patience.enter(.writing, at: http.now)
        if let plain {
            plain.queue(bytes[sent...])
            return false
        }
        bytes.withUnsafeBytes { all in
            let rest = all[sent...]
            let output = bufferevent_get_output(bufferevent)
            _ = evbuffer_add(output, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        }
        bufferevent_enable(bufferevent, Int16(EV_WRITE))
        return false
    }

    /// What the socket takes at once of it, in octets. The output buffer is empty. TLS takes all or nothing.
    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let tls { return tls.send(bytes) }
        return max(0, send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)))
    }

    /// evhttp looks at this field, not at what was sent, to decide whether the connection ends.
    private func closeAfterwards(_ request: UnsafeMutablePointer<evhttp_request>) {
        evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close")
    }

    /// The answer has been written to the last byte. evhttp frees the request next, and then reads on or closes.
    private func completed() {
        guard case .answering = state else { return }
        // Busy until evhttp calls `closed`, when it is going to.
        guard !closesAfterReply else { return }
        state = .reading
        http.busy.subtract(1, ordering: .relaxed)
        if let plain { plain.watch() } else { advance() }
    }

    /// A refused client may still be sending. Closing now would reset the connection, and the reset could overtake
    /// the answer: so the rest is dropped until the client stops, or a second passes (RFC 9112 §9.6).
    private func linger(_ request: UnsafeMutablePointer<evhttp_request>) {
        tls?.close()
        plain?.ignore()
        shutdown(descriptor, Int32(SHUT_WR))
        let lingering = Lingering(descriptor: descriptor, loop: http.loop) { [unowned self] in
            guard case .lingering(let request, _) = state else { return }
            state = .answering(request)
            evhttp_send_reply_end(request)
        }
        state = .lingering(request, lingering)
    }

    /// The slow path: the same answer through evhttp's own writer, which adds what it likes.
    private func replyByLibrary(
        _ response: Response, _ context: ResponseWriter.Context,
        _ request: UnsafeMutablePointer<evhttp_request>
    ) {
        ResponseWriter.send(response, context, byLibrary: request)
        // evhttp goes on reading to notice a disconnect, without a bound, and would let the gate run ahead.
        bufferevent_disable(bufferevent, Int16(EV_READ))
        patience.enter(.writing, at: http.now)
    }

    // MARK: Time

    /// Looks whether the client, or the handler, has taken too long. Once a second, on the loop.
    func checkPatience() {
        let verdict = patience.verdict(
            at: http.now, http.settings.timeouts,
            isUnderPressure: http.census.isUnderPressure(within: http.settings.connections),
            received: gate.bodyLength,
            unwritten: tls.map { -$0.sent } ?? plain?.unwritten
                ?? evbuffer_get_length(bufferevent_get_output(bufferevent)))
        switch (verdict, state) {
        case (.close, .reading): end()
        case (.requestTimeout, .reading):
            announce(.refused(gate.refuse(.requestTimeout, "the request took too long to arrive")))
            // Nothing more may ever arrive to make evhttp look.
            if plain == nil { bufferevent_trigger(bufferevent, Int16(EV_READ), 0) }
        case (.handlerTimeout, .answering):
            guard let awaited else { return }
            let refusal = Refusal(.serviceUnavailable, "the answer took too long")
            var response = http.settings.responder.refuse(refusal, awaited.id, peer)
            response.route = figures.route
            reply(response, to: awaited.id)
        case (.abort, .answering):
            // Without it the kernel would go on offering what it has for minutes.
            Lingering.resetOnClose(descriptor)
            end()
        default: break
        }
    }
}
