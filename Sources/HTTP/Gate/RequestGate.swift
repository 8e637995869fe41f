/// The strict grammar of RFC 9112 in front of everything else: bytes in, in any split; whole requests or one refusal out.
///
/// A pure value without I/O. It never looks past the request it is working on, so pipelined requests come out one by
/// one, in order, and a refusal comes out when its turn has come. Memory is bounded by `RequestLimits` plus one `receive`.
/// Where the RFC leaves a choice, the gate takes the one that no other parser can read differently.
public struct RequestGate: Sendable {
    /// What the bytes so far amount to.
    public enum Step: Sendable {
        /// Nothing yet: call `receive` and ask again.
        case needsMore
        /// The client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1). Said once per request.
        case awaitsContinue
        /// A request with its whole, decoded body.
        case complete(RequestHead, body: [UInt8])
        /// The request is not let through. The gate is shut: it drops all further bytes.
        case refused(Refusal)
    }

    enum State: Sendable {
        case requestLine
        case fields
        case body(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case shut
    }

    /// Empty lines tolerated before a request line; RFC 9112 §2.2 asks for at least one.
    static let emptyLines = 2

    private(set) var limits: RequestLimits
    var state = State.requestLine
    /// Received bytes; those before `position` are used up.
    var buffer: [UInt8] = []
    var position = 0
    /// No line feed lies between `position` and here, so no byte is searched twice.
    var searched = 0
    var emptyLinesSeen = 0
    var head = PartialHead()
    var body: [UInt8] = []

    /// A gate for one connection.
    public init(limits: RequestLimits) {
        self.limits = limits
        head.budget = limits.fieldBytes
    }

    /// Goes by other limits from the next request on; the one whose head is being read keeps its own.
    public mutating func adopt(_ limits: RequestLimits) {
        guard case .requestLine = state else { return }
        self.limits = limits
        head.budget = limits.fieldBytes
    }

    /// Whether no byte of a next request has been seen.
    public var isBetweenRequests: Bool {
        if case .requestLine = state { position == buffer.count } else { false }
    }

    /// Which part of a request the next byte belongs to.
    public enum Part: Sendable {
        /// The first byte of a request has not come.
        case none
        /// The head has begun.
        case head
        /// The head is complete.
        case body
    }

    /// Where the gate stands.
    public var part: Part {
        switch state {
        case .requestLine: position == buffer.count ? .none : .head
        case .fields: .head
        case .body, .chunkSize, .chunkData, .chunkEnd, .trailers: .body
        case .shut: .none
        }
    }

    /// Octets of the body so far, decoded.
    public var bodyLength: Int { head.bodyLength }

    /// Shuts the gate in the middle of a request; the refusal knows whether that was HEAD.
    public mutating func refuse(_ status: Status, _ reason: String) -> Refusal {
        var refusal = Refusal(status, reason)
        refusal.isHead = head.method == .head
        state = .shut
        buffer = []
        (position, searched) = (0, 0)
        return refusal
    }

    /// Whether a request was refused.
    public var isShut: Bool {
        if case .shut = state { true } else { false }
    }

    /// Takes what arrived. An array is adopted without a copy when nothing is left over from before.
    public mutating func receive(_ bytes: [UInt8]) {
        if isShut { return }
        dropUsed()
        if buffer.isEmpty {
            buffer = bytes
        } else {
            buffer.append(contentsOf: bytes)
        }
    }

    /// Forgets the bytes that are used up. The field lines of a head are still needed: offsets to them are held.
    private mutating func dropUsed() {
        var used = position
        if case .fields = state {
            used = head.start
            head.start = 0
            if used > 0 { for index in head.lines.indices { head.lines[index].move(forwardBy: used) } }
        }
        guard used > 0 else { return }
        if used == buffer.count { buffer = [] } else { buffer.removeFirst(used) }
        position -= used
        searched = max(0, searched - used)
    }

    /// Goes as far as the bytes allow. After `complete` ask again: more may be there already.
    public mutating func next() -> Step {
        do {
            return try advance()
        } catch {
            return .refused(refuse(error.status, error.reason))
        }
    }

    private mutating func advance() throws(Refusal) -> Step {
        while true {
            switch state {
            case .requestLine:
                guard let line = try takeLine(limit: limits.requestLine, else: Self.tooLongLine) else {
                    return .needsMore
                }
                guard !line.isEmpty else {
                    emptyLinesSeen += 1
                    guard emptyLinesSeen <= Self.emptyLines else {
                        throw Refusal(.badRequest, "too many empty lines before the request line")
                    }
                    continue
                }
                try readRequestLine(line)
                head.start = position
                state = .fields
            case .fields:
                guard let line = try takeLine(limit: head.longestLine, else: Self.tooManyFieldBytes) else {
                    return .needsMore
                }
                if line.isEmpty {
                    try endHead()
                    if head.awaitsContinue, position == buffer.count {
                        head.awaitsContinue = false
                        return .awaitsContinue
                    }
                } else {
                    try readField(line)
                }
            case .body(let remaining):
                let left = takeBody(remaining)
                state = .body(remaining: left)
                guard left == 0 else { return .needsMore }
                return complete()
            case .chunkSize:
                guard let line = try takeLine(limit: Self.chunkLine, else: Self.tooLongChunkLine) else {
                    return .needsMore
                }
                let size = try chunkSize(line)
                state = size == 0 ? .trailers : .chunkData(remaining: size)
            case .chunkData(let remaining):
                let left = takeBody(remaining)
                state = left == 0 ? .chunkEnd : .chunkData(remaining: left)
                guard left == 0 else { return .needsMore }
            case .chunkEnd:
                guard let line = try takeLine(limit: 0, else: Self.badChunkEnd) else { return .needsMore }
                guard line.isEmpty else { throw Self.badChunkEnd }
                state = .chunkSize
            case .trailers:
                guard let line = try takeLine(limit: head.longestLine, else: Self.tooManyFieldBytes) else {
                    return .needsMore
                }
                guard !line.isEmpty else { return complete() }
                try countField(line)
                _ = try Self.fieldLine(line, of: buffer.span)
            case .shut:
                return .needsMore
            }
        }
    }

    /// The next line without its CR LF, or nil when its end has not arrived.
    private mutating func takeLine(limit: Int, else tooLong: Refusal) throws(Refusal) -> Range<Int>? {
        let end = buffer.count
        let index = buffer.span.firstIndex(of: Octet.lineFeed, in: max(searched, position)..<end)
        guard index < end else {
            searched = end
            // A CR at the end may be half of the line end.
            if end - position > limit + 1 { throw tooLong }
            return nil
        }
        let start = position
        // First the length: it would have been found before the line feed, had the line come in pieces.
        guard index - start <= limit + 1 else { throw tooLong }
        guard index > start, buffer[index - 1] == Octet.carriageReturn else {
            throw Refusal(.badRequest, "line feed without carriage return")
        }
        position = index + 1
        searched = position
        return start..<(index - 1)
    }

    /// Moves up to `count` received bytes into the body; returns how many are still to come.
    private mutating func takeBody(_ count: Int) -> Int {
        let available = min(count, buffer.count - position)
        if !head.dropsBody {
            body.append(contentsOf: buffer[position..<position + available])
        }
        head.bodyLength += available
        position += available
        searched = position
        return count - available
    }

    private mutating func complete() -> Step {
        // Taken, not copied: a reference that is counted up is counted down again a few lines below.
        let finished = head.finished.take()
        var content: [UInt8] = []
        swap(&content, &body)
        head = PartialHead()
        head.budget = limits.fieldBytes
        emptyLinesSeen = 0
        state = .requestLine
        if position == buffer.count {
            buffer = []
            (position, searched) = (0, 0)
        }
        guard let finished else { preconditionFailure("a request ends only after its head has ended") }
        return .complete(finished, body: content)
    }

    private static let tooLongLine = Refusal(.uriTooLong, "request line too long")
    private static let tooManyFieldBytes = Refusal(.headerFieldsTooLarge, "header fields too large")
}

/// Octets with a meaning in HTTP's grammar.
package enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0a
    static let carriageReturn: UInt8 = 0x0d
    static let space: UInt8 = 0x20

    /// tchar (RFC 9110 §5.6.2), as a bit for each of the 128 ASCII octets.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        guard octet < 128 else { return false }
        return (octet < 64 ? low >> UInt64(octet) : high >> UInt64(octet & 63)) & 1 == 1
    }

    /// What a field value may hold: SP, HTAB, VCHAR and obs-text (RFC 9110 §5.5).
    @inline(__always)
    static func isFieldContent(_ octet: UInt8) -> Bool {
        octet >= 0x20 ? octet != 0x7f : octet == tab
    }

    @inline(__always)
    static func isWhitespace(_ octet: UInt8) -> Bool {
        octet == space || octet == tab
    }

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet &- 0x41 < 26 ? octet | 0x20 : octet
    }
}
