/// How long a connection has been in its phase, and whether that is too long: a value, without a clock of its own.
struct Patience {
    /// What the connection is waiting for.
    enum Phase: Equatable {
        /// The first byte of a request; of the first one, or of a further one.
        case request(isFirst: Bool)
        /// The end of the head.
        case head
        /// The end of the body.
        case body
        /// The handler.
        case handler
        /// The client to take the answer.
        case writing
    }

    enum Verdict: Equatable {
        case goOn
        /// Nothing was asked: close without a word.
        case close
        /// The client is too slow: 408.
        case requestTimeout
        /// We are too slow: 503.
        case handlerTimeout
        /// The client takes nothing: reset, or the kernel would go on offering what is left.
        case abort
    }

    /// Seconds that a body may take before its rate counts: the start of a connection is slow for everybody.
    private static let bodyGrace = 5

    private(set) var phase: Phase
    private var since: Int
    /// Nil before the first look at it.
    private var unwritten: Int?

    /// `now` counts seconds from anywhere.
    init(_ phase: Phase, at now: Int) {
        self.phase = phase
        since = now
    }

    /// Notes that another phase has begun; the same one goes on.
    mutating func enter(_ phase: Phase, at now: Int) {
        guard phase != self.phase else { return }
        self = Patience(phase, at: now)
    }

    /// Whether the phase has lasted too long. `received`: octets of the body so far; `unwritten`: of the answer.
    mutating func verdict(
        at now: Int, _ timeouts: Timeouts, isUnderPressure: Bool, received: Int, unwritten: Int
    ) -> Verdict {
        let elapsed = now - since
        switch phase {
        case .request(let isFirst):
            let idle = isUnderPressure ? min(timeouts.idle, timeouts.idleUnderPressure) : timeouts.idle
            return elapsed >= (isFirst ? min(timeouts.head, idle) : idle) ? .close : .goOn
        case .head: return elapsed >= timeouts.head ? .requestTimeout : .goOn
        case .body:
            let isTooSlow = elapsed > Self.bodyGrace && received < timeouts.bodyRate * elapsed
            return elapsed >= timeouts.body || isTooSlow ? .requestTimeout : .goOn
        case .handler: return elapsed >= timeouts.handling ? .handlerTimeout : .goOn
        case .writing:
            let hasMoved = self.unwritten.map { unwritten < $0 } ?? false
            self.unwritten = unwritten
            if hasMoved {
                since = now
                return .goOn
            }
            return elapsed >= timeouts.writeStall ? .abort : .goOn
        }
    }
}
