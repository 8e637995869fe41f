import HTTP

/// Turns answers into bytes: the one place that frames (RFC 9112 §6) and adds the fields of every answer.
///
/// One per loop; the buffer is used again for each answer.
package struct ResponseWriter {
    /// What the answer must know of its request.
    struct Context {
        var id: RequestID
        var isHead = false
        var isVersion10 = false
        var closes = false
    }

    /// On every answer: nothing here may be kept, framed, run or sniffed.
    private static let security = [
        ResponseField("Cache-Control", "no-store"),
        ResponseField("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ResponseField("Referrer-Policy", "no-referrer"),
        ResponseField("X-Content-Type-Options", "nosniff"),
    ]

    package private(set) var buffer: [UInt8] = []
    private var date = HTTPDate()
    /// How answers begin in this second, up to the request's number, which is zero: one for each kind there was.
    private var openings: [Opening] = []
    private var openedAt: Int?

    private struct Opening {
        let status: Status
        let decidesCaching: Bool
        let octets: [UInt8]
    }

    package init() {
        buffer.reserveCapacity(4_096)
    }

    /// Puts a whole answer into `buffer`. `seconds` is the wall clock.
    mutating func write(_ response: Response, _ context: Context, seconds: Int) {
        if openedAt != seconds {
            openings.removeAll(keepingCapacity: true)
            openedAt = seconds
        }
        let decidesCaching = response.decidesCaching
        let place =
            openings.firstIndex { $0.status == response.status && $0.decidesCaching == decidesCaching }
            ?? open(response, seconds)
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: openings[place].octets)
        number(context.id.rawValue)
        for field in response.fields where Self.isSafe(field) {
            append(field.name)
            append(": ")
            append(field.value)
            append("\r\n")
        }
        if !response.body.isEmpty {
            if response.contentType == .json {
                append("Content-Type: application/json\r\nContent-Length: ")
            } else {
                append("Content-Type: \(response.contentType.text)\r\nContent-Length: ")
            }
            append(decimal: response.body.count)
        } else if response.status != .noContent {
            // RFC 9110 §8.6: none with 204.
            append("Content-Length: 0")
        } else {
            // No line is open.
            buffer.removeLast(2)
        }
        if context.closes {
            append("\r\nConnection: close")
        } else if context.isVersion10 {
            append("\r\nConnection: keep-alive")
        }
        append("\r\n\r\n")
        // RFC 9110 §9.3.2: HEAD has the fields of GET and no content.
        if !context.isHead { buffer.append(contentsOf: response.body) }
    }

    /// Makes one; where it is.
    private mutating func open(_ response: Response, _ seconds: Int) -> Int {
        date.advance(to: seconds)
        buffer.removeAll(keepingCapacity: true)
        append("HTTP/1.1 \(response.status.rawValue) \(response.status.reason)\r\nDate: ")
        buffer.append(contentsOf: date.bytes)
        append("\r\n")
        for field in Self.security(response) { append("\(field.name): \(field.value)\r\n") }
        append("X-Request-Id: 0000000000000000\r\n")
        openings.append(
            Opening(status: response.status, decidesCaching: response.decidesCaching, octets: buffer))
        return openings.count - 1
    }

    /// Without `Cache-Control` for an answer that has its own.
    private static func security(_ response: Response) -> [ResponseField] {
        response.decidesCaching ? Array(security.dropFirst()) : security
    }

    /// The fields of the same answer one by one, for evhttp's own writer; it adds `Date`.
    static func fields(of response: Response, _ context: Context) -> [ResponseField] {
        var fields = security(response)
        fields.append(ResponseField("X-Request-Id", context.id.description))
        fields += response.fields.filter(isSafe)
        if !response.body.isEmpty { fields.append(ResponseField("Content-Type", response.contentType.text)) }
        if response.status != .noContent {
            fields.append(ResponseField("Content-Length", String(response.body.count)))
        }
        if context.closes {
            fields.append(ResponseField("Connection", "close"))
        } else if context.isVersion10 {
            fields.append(ResponseField("Connection", "keep-alive"))
        }
        return fields
    }

    /// A control character, or a colon in a name, could split the answer. None should get this far; it is left out.
    private static func isSafe(_ field: ResponseField) -> Bool {
        let colon = UInt8(ascii: ":")
        return !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != colon }
            && field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    private mutating func append(_ text: String) {
        buffer.append(contentsOf: text.utf8)
    }

    private mutating func append(decimal number: Int) {
        guard number >= 10 else { return buffer.append(UInt8(48 + number)) }
        append(decimal: number / 10)
        buffer.append(UInt8(48 + number % 10))
    }

    /// Writes the request's number over the zeros at the end of the opening.
    private mutating func number(_ id: UInt64) {
        let end = buffer.count - 2
        var octets = buffer.mutableSpan
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: id >> UInt64(4 * place) & 15)
            octets[end - 1 - place] = digit < 10 ? 48 + digit : 87 + digit
        }
    }
}
