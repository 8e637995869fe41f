import Auth
import Crypto
import HTTP
import Telemetry
import Workers

/// The one place that turns errors into answers: the client's fault is 4xx, doubt is 503, our fault is 500.
struct ErrorAnswers: Sendable {
    let logger: Logger
    let overload: OverloadLog

    /// Seconds after which a client may try again when the server could not say. Default 1.
    static let retryAfter = ResponseField("Retry-After", "1")

    /// An answer for whatever a handler threw.
    func answer(to error: any Error, _ id: RequestID) -> Response {
        switch error {
        case let error as HTTPError:
            if !error.detail.isEmpty {
                logger.log(
                    .info, "refused", ["id": .string(id.description), "reason": .string(error.detail)])
            }
            var response = answer(error.status, error.text)
            response.fields += error.fields
            return response
        case let error as TooManyTries:
            return answer(.tooManyRequests, Status.tooManyRequests.errorText, fields: error.fields)
        case let overload as WorkerPool.Overloaded:
            self.overload.refuse()
            return unavailable("Overloaded", retryAfter: overload.retryAfter)
        case let error as NeverFits:
            // Which hash it is, the one line a request tells whoever looks for it.
            logger.log(
                .error, "hash larger than the budget",
                [
                    "id": .string(id.description), "hash_kib": .int(error.memory),
                    "budget_kib": .int(error.budget), "setting": "passwords.memoryBudgetMiB",
                ])
            return unavailable("Service unavailable")
        case let failure as StoreFailure:
            logger.log(
                .error, "store failed",
                ["id": .string(id.description), "cause": .string(failure.description)])
            return unavailable("Service unavailable")
        case let failure as CryptoFailure:
            // Argon2 found no memory.
            logger.log(
                .error, "hashing failed",
                ["id": .string(id.description), "cause": .string(failure.description)])
            return unavailable("Service unavailable")
        default:
            logger.log(
                .error, "unexpected error",
                ["id": .string(id.description), "type": .string(String(describing: type(of: error)))])
            return answer(.internalServerError, "Internal server error, request \(id)")
        }
    }

    /// 503: doubt, with when to try again.
    func unavailable(_ text: String, retryAfter seconds: Int = 1) -> Response {
        answer(.serviceUnavailable, text, fields: [ResponseField("Retry-After", "\(seconds)")])
    }

    /// `{"error":"…"}`: the shape of every error.
    func answer(_ status: Status, _ text: String, fields: [ResponseField] = []) -> Response {
        Response(status: status, fields: fields, body: Self.standard[text] ?? Self.body(text))
    }

    /// What most errors say. Whoever tries cookies or paths by the thousand gets nothing else.
    private static let standard = Dictionary(
        Status.allCases.map { ($0.errorText, body($0.errorText)) }, uniquingKeysWith: { first, _ in first })

    private static func body(_ text: String) -> [UInt8] { JSONText.of(["error": text]) }
}

extension TooManyTries {
    /// When to come back, and the limit (draft-ietf-httpapi-ratelimit-headers-10).
    var fields: [ResponseField] {
        [
            ResponseField("Retry-After", "\(retryAfter)"),
            ResponseField("RateLimit", "\"\(limit)\";r=0;t=\(retryAfter)"),
            ResponseField("RateLimit-Policy", "\"\(limit)\";q=\(quota);w=\(window)"),
        ]
    }
}

extension JSONText {
    /// JSON of what is always encodable: our own strings, numbers and structures of them.
    static func of(_ value: some Encodable) -> [UInt8] {
        do {
            return try encode(value)
        } catch {
            preconditionFailure("strings and numbers are always encodable")
        }
    }
}
