import Crypto
import Mail
import Workers

/// The thread that sends mail: asleep until somebody asks for one, or until it is time to try one again.
final class MailThread: Sendable {
    private struct State {
        /// Nil: no mail is sent. What waits stays.
        var delivery: MailDelivery?
        var isWanted = false
        var isStopping = false
        var thread: WorkerThread?

        var order: Order? { isStopping ? .stop : isWanted ? .send : nil }
    }

    private enum Order: Sendable {
        case send, stop
    }

    /// Longest wait before mail is sent that somebody just asked for, so that the work for an account that exists does
    /// not show in the times of the requests that follow. Milliseconds.
    private static let delay: UInt64 = 1_000

    private let postman: Postman
    private let state = Monitor(State())

    init(_ postman: Postman) {
        self.postman = postman
    }

    /// Sends by this from now on, and what waits already; the thread starts with the first.
    func adopt(_ delivery: MailDelivery?) {
        postman.beginAnew()
        state.withLock { state in
            state.delivery = delivery
            state.isWanted = true
            if delivery != nil, state.thread == nil {
                state.thread = WorkerThread.start(name: "mail") { [self] in work() }
            }
        }
        state.notifyAll()
    }

    /// Somebody asked for mail.
    @Sendable func wake() {
        state.withLock { $0.isWanted = true }
        state.notifyAll()
    }

    /// Ends the thread, and what it is sending: that stays in the outbox. Harmless again.
    func stop() {
        state.withLock { $0.isStopping = true }
        state.notifyAll()
        state.withLock { $0.thread }?.join()
    }

    private func work() {
        while true {
            let delivery = state.withLock { state in
                state.isWanted = false
                return state.delivery
            }
            let pause = delivery.flatMap { delivery in
                postman.round(delivery) { () throws(MailFailure) in try carrier(delivery.server) }
            }
            guard waits(pause) == .send else { return }
        }
    }

    /// Waits for a wish, the end of the pause (never without one), or the end.
    private func waits(_ pause: Duration?) -> Order {
        let order = pause.map { pause in state.wait(atMost: pause) { $0.order } ?? .send }
        guard (order ?? state.wait { $0.order }) == .send else { return .stop }
        let delay = Duration.milliseconds(Int64(SecureRandom.uint64() % Self.delay))
        return state.wait(atMost: delay) { $0.isStopping ? .stop : nil } ?? .send
    }

    private func carrier(_ server: MailServer) throws(MailFailure) -> Postman.Carrier {
        let session = try SMTPSession(server) { [state] in state.withLock { $0.isStopping } }
        return { message, seconds, id throws(MailFailure) in
            try session.send(message, at: seconds, id: id)
        }
    }
}
