import CEvent
import Glibc

/// Reads and drops what a client still sends, beside evhttp, which reads nothing while a reply is pending.
final class Lingering {
    /// Longest time, in seconds. Default 1: an honest client stops when it sees the answer.
    private static let longest = 1

    private var event: OpaquePointer?
    private var deadline: OpaquePointer?
    private let descriptor: Int32
    private let finished: () -> Void

    init(descriptor: Int32, loop: EventLoop, finished: @escaping () -> Void) {
        self.descriptor = descriptor
        self.finished = finished
        // The connection owns this object and cancels it before the descriptor is closed.
        event = event_new(
            loop.base, descriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<Lingering>.fromOpaque(context).takeUnretainedValue().readable()
            }, Unmanaged.passUnretained(self).toOpaque())
        deadline = event_new(
            loop.base, -1, 0,
            { _, _, context in
                guard let context else { return }
                Unmanaged<Lingering>.fromOpaque(context).takeUnretainedValue().end()
            }, Unmanaged.passUnretained(self).toOpaque())
        var limit = timeval(tv_sec: Self.longest, tv_usec: 0)
        event_add(event, nil)
        event_add(deadline, &limit)
    }

    /// The opposite: has the kernel forget what it still holds for the client when the descriptor is closed.
    static func resetOnClose(_ descriptor: Int32) {
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }

    deinit { cancel() }

    /// Takes the events off the loop.
    func cancel() {
        if let event { event_free(event) }
        if let deadline { event_free(deadline) }
        (event, deadline) = (nil, nil)
    }

    private func readable() {
        let isOver = withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { scratch in
            let count = recv(descriptor, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
            return count == 0 || count < 0 && errno != EAGAIN && errno != EINTR
        }
        if isOver { end() }
    }

    private func end() {
        cancel()
        finished()
    }
}
