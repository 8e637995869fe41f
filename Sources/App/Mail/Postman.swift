import Auth
import Crypto
import Mail
import Telemetry
import Workers

/// Sends what waits in the outbox. On the mail thread, which it blocks.
///
/// A server that does not answer ends the round and is left alone for a while; a message that it refuses is put off
/// alone. Either way the mail stays in the outbox until it is taken or `Accounts.patienceForMail` is over.
final class Postman: Sendable {
    /// Hands one message over, or throws.
    typealias Carrier = (MailMessage, _ seconds: Int64, _ id: String) throws(MailFailure) -> Void

    private struct State {
        /// Of the server, in a row.
        var failures = 0
        var restUntil: SteadyTime?
    }

    private let accounts: @Sendable () -> Accounts
    private let logger: Logger
    private let backoff: Backoff
    private let clock: @Sendable () -> Moment
    private let state = Locked(State())

    /// Mails that are read from the outbox at once.
    private static let batch = 16

    init(
        accounts: @escaping @Sendable () -> Accounts, logger: Logger, backoff: Backoff,
        clock: @escaping @Sendable () -> Moment
    ) {
        (self.accounts, self.logger, self.backoff, self.clock) = (accounts, logger, backoff, clock)
    }

    /// Forgets that the server failed: it may be another one now.
    func beginAnew() {
        state.withLock { $0 = State() }
    }

    /// Sends what is due by a carrier that is made when it is needed. Returns when to come again; nil: when somebody
    /// asks for mail.
    func round(_ delivery: MailDelivery, _ makeCarrier: () throws(MailFailure) -> Carrier) -> Duration? {
        let accounts = accounts()
        do {
            let start = clock()
            // Also while the server is left alone: wishes that nobody looks at would pile up.
            try blocking { try await accounts.queueRequestedMail(at: start) }
            if let rest = remainingRest() { return rest }
            var carrier: Carrier?
            while true {
                let now = clock()
                let due = try blocking { try await accounts.dueMail(at: now, limit: Self.batch) }
                guard !due.isEmpty else { break }
                for mail in due {
                    do {
                        if carrier == nil { carrier = try makeCarrier() }
                        guard let carrier else { break }
                        try send(mail, delivery, carrier, accounts)
                    } catch let failure as MailFailure {
                        if failure.isCancelled { return nil }
                        try note(failure, of: mail, accounts)
                        if let rest = remainingRest() { return rest }
                    }
                }
            }
            let now = clock()
            return try blocking { try await accounts.nextMail() }.map { next in
                let left = next.milliseconds - now.wall.milliseconds
                return min(max(.milliseconds(left), .zero), Backoff.longest)
            }
        } catch {
            // The store cannot answer. What waits is still there.
            logger.log(.error, "outbox", ["cause": .string(String(describing: error))])
            return backoff.pause(after: 5)
        }
    }

    private func remainingRest() -> Duration? {
        guard let end = state.withLock({ $0.restUntil }) else { return nil }
        let left = end.milliseconds - clock().steady.milliseconds
        return left > 0 ? .milliseconds(left) : nil
    }

    private func send(
        _ mail: QueuedMail, _ delivery: MailDelivery, _ carrier: Carrier, _ accounts: Accounts
    ) throws {
        let now = clock()
        guard mail.askedAt + Accounts.patienceForMail > now.wall else {
            logger.log(.warning, "mail given up", fields(of: mail))
            return try blocking { try await accounts.drop(mail) }
        }
        let content = try blocking { try await accounts.content(of: mail, at: now) }
        var token: String?
        switch content {
        case .token(let made): token = made.text
        case .notice: break
        case .nothing: return try blocking { try await accounts.drop(mail) }
        }
        guard let message = delivery.message(for: mail, token: token) else {
            logger.log(.warning, "mail given up", fields(of: mail))
            return try blocking { try await accounts.drop(mail) }
        }
        let id = [SecureRandom.uint64(), SecureRandom.uint64()].map { String($0, radix: 36) }.joined()
        try carrier(message, now.wall.seconds, id)
        let sentAt = clock()
        try blocking { try await accounts.noteSent(mail, at: sentAt) }
        logger.log(.info, "mail sent", fields(of: mail))
        let before = state.withLock { state in
            defer { state = State() }
            return state.failures
        }
        if before > 0 { logger.log(.info, "mail server takes mail again", ["failures": .int(before)]) }
    }

    private func note(_ failure: MailFailure, of mail: QueuedMail, _ accounts: Accounts) throws {
        let now = clock()
        var pause = failure.isPermanent ? Backoff.longest : backoff.pause(after: mail.attempts + 1)
        if failure.concernsMessageAlone {
            logger.log(
                .warning, "mail refused",
                [
                    "user": .string(mail.userID.description), "kind": .string("\(mail.kind)"),
                    "cause": .string(failure.description),
                ])
        } else {
            let failures = state.withLock { state in
                state.failures += 1
                return state.failures
            }
            pause = backoff.pause(after: failures)
            state.withLock { $0.restUntil = now.steady + pause }
            // One line for an outage, until it is over.
            logger.log(
                failures == 1 ? .warning : .debug, "mail server does not take mail",
                ["cause": .string(failure.description)])
        }
        try blocking { [pause] in try await accounts.putOff(mail, for: pause, at: now) }
    }

    private func fields(of mail: QueuedMail) -> KeyValuePairs<String, LogValue> {
        ["user": .string(mail.userID.description), "kind": .string("\(mail.kind)")]
    }
}
