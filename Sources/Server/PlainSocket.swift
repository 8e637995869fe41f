import CEvent
import Glibc

/// The socket of a plain connection, read and written without its bufferevent: that would ask the kernel how much
/// there is to read before each read, and tell it after each request what to watch for.
///
/// It is watched for input all the time. Only when input comes that nobody waits for, behind a request whose answer
/// takes long, the watch is taken off until somebody does.
final class PlainSocket {
    private let descriptor: Int32
    /// Not counted: it owns this object.
    private unowned(unsafe) let connection: Connection
    /// The loop's: what was read stays in it for a moment.
    private let scratch: UnsafeMutableRawBufferPointer
    private let readEvent: OpaquePointer
    /// Made when the client first takes less than a whole answer.
    private var writeEvent: OpaquePointer?
    private let base: OpaquePointer
    private var isWatched = true
    private var rest: [UInt8] = []
    private var sent = 0

    /// Octets of the answer that the client has yet to take.
    var unwritten: Int { rest.count - sent }

    /// Watches for input from now on. The connection, which owns this object, closes it before the descriptor is.
    init(
        _ descriptor: Int32, of connection: Connection, on base: OpaquePointer,
        scratch: UnsafeMutableRawBufferPointer
    ) {
        self.scratch = scratch
        self.descriptor = descriptor
        self.connection = connection
        self.base = base
        let context = Unmanaged.passUnretained(connection).toOpaque()
        readEvent = event_new(
            base, descriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in
                let connection = Connection.from(context)
                withExtendedLifetime(connection) { connection.plain?.readable() }
            }, context)
        event_add(readEvent, nil)
    }

    /// Takes the events off the loop.
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

    private func readable() {
        guard connection.isReading else { return ignore() }
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
        if writeEvent == nil {
            writeEvent = event_new(
                base, descriptor, Int16(EV_WRITE | EV_PERSIST),
                { _, _, context in
                    let connection = Connection.from(context)
                    withExtendedLifetime(connection) { connection.plain?.writable() }
                },
                Unmanaged.passUnretained(connection).toOpaque())
        }
        event_add(writeEvent, nil)
    }

    private func writable() {
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
