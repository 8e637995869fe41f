import CEvent
import Glibc

/// The socket of a plain connection, read and written without its bufferevent: that would ask the kernel how much
/// there is to read before each read, and tell it after each request what to watch for.
///
/// It is watched for input all the time. Only when input comes that nobody waits for, behind a request whose answer
/// takes long, the watch is taken off until somebody does: so nothing is read ahead, and the end of what a client
/// sends, which the kernel would report again and again, costs nothing.
final class PlainSocket {
    private let descriptor: Int32
    private let base: OpaquePointer
    /// The loop's: what was read stays in it for a moment.
    private let scratch: UnsafeMutableRawBufferPointer
    /// The connection's, which owns this object and takes its events off the loop before it ends.
    private let context: UnsafeMutableRawPointer
    private let readEvent: OpaquePointer
    /// Made when the client first takes less than a whole answer.
    private var writeEvent: OpaquePointer?
    /// Whether the loop looks at what comes.
    private(set) var isWatched = true
    private var rest: [UInt8] = []
    private var sent = 0

    /// Octets of the answer that the client has yet to take.
    var unwritten: Int { rest.count - sent }

    /// Watches for input from now on. `context` is the connection, as its callbacks get it.
    init(
        _ descriptor: Int32, of context: UnsafeMutableRawPointer, on base: OpaquePointer,
        scratch: UnsafeMutableRawBufferPointer
    ) {
        self.descriptor = descriptor
        self.context = context
        self.base = base
        self.scratch = scratch
        readEvent = Self.makeEvent(EV_READ, descriptor, context, base) { _, _, context in
            let connection = Connection.from(context)
            // Whatever comes of it, including the connection's end: both stay until it has been dealt with.
            withExtendedLifetime(connection) { connection.plain?.readable(connection) }
        }
        event_add(readEvent, nil)
    }

    private static func makeEvent(
        _ kind: Int32, _ descriptor: Int32, _ context: UnsafeMutableRawPointer, _ base: OpaquePointer,
        _ callback: @escaping event_callback_fn
    ) -> OpaquePointer {
        guard let event = event_new(base, descriptor, Int16(kind | EV_PERSIST), callback, context) else {
            preconditionFailure("libevent is out of memory")
        }
        return event
    }

    /// Takes the events off the loop. Before the descriptor is closed, or the changelist would go by a wrong number.
    func close() {
        event_free(readEvent)
        if let writeEvent { event_free(writeEvent) }
    }

    /// Watches for input again, if it does not already.
    func watch() {
        guard !isWatched else { return }
        isWatched = true
        event_add(readEvent, nil)
    }

    /// Looks at no input for now.
    func ignore() {
        isWatched = false
        event_del(readEvent)
    }

    private func readable(_ connection: Connection) {
        guard connection.isReading else { return ignore() }
        // Its turn is already due: what it has sent before comes first.
        if connection.isPostponed { return }
        let scratch = scratch
        let count = recv(descriptor, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            connection.arrived([UInt8](UnsafeRawBufferPointer(rebasing: scratch[..<count])))
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            connection.end()
        }
    }

    /// Sends, when the client takes more, what it has not taken yet.
    func queue(_ bytes: ArraySlice<UInt8>) {
        rest = Array(bytes)
        sent = 0
        let event =
            writeEvent
            ?? Self.makeEvent(EV_WRITE, descriptor, context, base) { _, _, context in
                let connection = Connection.from(context)
                withExtendedLifetime(connection) { connection.plain?.writable(connection) }
            }
        writeEvent = event
        event_add(event, nil)
    }

    private func writable(_ connection: Connection) {
        let count = rest[sent...].withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        guard count >= 0 else {
            if errno != EAGAIN, errno != EINTR { connection.end() }
            return
        }
        sent += count
        guard sent == rest.count else { return }
        rest = []
        sent = 0
        event_del(writeEvent)
        connection.drained()
    }
}
