import CEvent

/// What evhttp reads in place of each request: a constant, in the input buffer of the connection's bufferevent.
final class StandIns {
    /// Nothing of the client's, nothing to allocate for.
    private static let text: StaticString = "GET / HTTP/1.1\r\n\r\n"

    private let bufferevent: OpaquePointer
    /// The input of TLS is never frozen, and could not be read into if it were.
    private let isFrozen: Bool
    /// Whether the buffer's callback is told of bytes of ours just now.
    private(set) var isFeeding = false

    init(for bufferevent: OpaquePointer, isTLS: Bool) {
        self.bufferevent = bufferevent
        isFrozen = !isTLS
    }

    /// One more for evhttp to read.
    func add() {
        feed { evbuffer_add($0, Self.text.utf8Start, Self.text.utf8CodeUnitCount) }
    }

    /// Takes what the client sent away from the end of the buffer. A stand-in that evhttp has not read yet lies in
    /// front of it and stays.
    func takeBehind(_ count: Int) -> [UInt8] {
        let input = bufferevent_get_input(bufferevent)
        let ahead = Self.take(evbuffer_get_length(input) - count, from: input)
        let bytes = Self.take(count, from: input)
        if !ahead.isEmpty { feed { evbuffer_add($0, ahead, ahead.count) } }
        return bytes
    }

    private static func take(_ count: Int, from input: OpaquePointer?) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
            initialized = max(0, Int(evbuffer_remove(input, bytes.baseAddress, count)))
        }
    }

    /// Lets bytes of ours into the input buffer, which a bufferevent freezes outside of a read.
    private func feed(_ add: (OpaquePointer?) -> Int32) {
        let input = bufferevent_get_input(bufferevent)
        isFeeding = true
        if isFrozen { evbuffer_unfreeze(input, 0) }
        let added = add(input)
        if isFrozen { evbuffer_freeze(input, 0) }
        isFeeding = false
        precondition(added == 0, "libevent is out of memory")
    }

    /// When OpenSSL has to write before it can read on, libevent reads afterwards although reading is switched off;
    /// and evhttp ends the process when it is told of data in the middle of an answer. Not seen, and not left to
    /// chance. evhttp puts its callback back when it reads the next request.
    func ignoreReads() {
        var write: bufferevent_data_cb?
        var event: bufferevent_event_cb?
        var context: UnsafeMutableRawPointer?
        bufferevent_getcb(bufferevent, nil, &write, &event, &context)
        bufferevent_setcb(bufferevent, nil, write, event, context)
    }
}
