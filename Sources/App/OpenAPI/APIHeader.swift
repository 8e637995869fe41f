import HTTP

/// A field of answers, defined once among the document's components.
struct APIHeader: Sendable {
    /// What it is called in the document.
    let name: String
    /// What it is called on the wire.
    let field: String
    private let text: String
    private let schema: APISchema
    private var isRequired = true

    var definition: JSONValue {
        ["description": .string(text), "required": .bool(isRequired), "schema": .object(schema.json)]
    }

    static let requestID = APIHeader(
        name: "RequestID", field: "X-Request-Id", text: "Names the request in the server's log.",
        schema: .string(pattern: "^[0-9a-f]{16}$"))
    static let sessionCookie = APIHeader(
        name: "SessionCookie", field: "Set-Cookie",
        text: "The cookie of the new session; a second line may set that of a known device.",
        schema: .string(example: "session_id=…; Path=/; HttpOnly; SameSite=Lax"))
    static let newCookie = APIHeader(
        name: "NewCookie", field: "Set-Cookie",
        text:
            "The cookie of the session that takes the place of the caller's, if there is one, and that of a known device.",
        schema: .string(), isRequired: false)
    static let clearedCookie = APIHeader(
        name: "ClearedCookie", field: "Set-Cookie", text: "Clears the session cookie.",
        schema: .string(), isRequired: false)
    static let location = APIHeader(
        name: "Location", field: "Location", text: "Where to go on.", schema: .text("/"))
    static let nextPage = APIHeader(
        name: "NextPage", field: "Link", text: "`<…>; rel=\"next\"`, when there are more users than `limit`.",
        schema: .string(pattern: "^<[^>]*>; rel=\"next\"$"), isRequired: false)
    static let challenge = APIHeader(
        name: "Challenge", field: "WWW-Authenticate",
        text: "A line for each scheme that is switched on (RFC 9110 §11.6.1), two for Digest with MD5.",
        schema: .string(pattern: "^[A-Za-z]+( .*)?$"), isRequired: false)
    static let allow = APIHeader(
        name: "Allow", field: "Allow", text: "The methods that the path has.",
        schema: .string(pattern: "^[A-Z]+(, [A-Z]+)*$"))
    static let retryAfter = APIHeader(
        name: "RetryAfter", field: "Retry-After", text: "Seconds after which to try again.",
        schema: .integer(1...))
    static let rateLimit = APIHeader(
        name: "RateLimit", field: "RateLimit",
        text: "The limit that was reached, what is left of it, and seconds until there is more.",
        schema: .string(pattern: #"^"[a-z]+";r=[0-9]+;t=[0-9]+$"#, example: #""account";r=0;t=4"#))
    static let rateLimitPolicy = APIHeader(
        name: "RateLimitPolicy", field: "RateLimit-Policy", text: "So many tries in so many seconds.",
        schema: .string(pattern: #"^"[a-z]+";q=[0-9]+;w=[0-9]+$"#, example: #""account";q=20;w=18000"#))

    static let keySetAge = APIHeader(
        name: "KeySetAge", field: "Cache-Control", text: "How long verifiers may keep it.",
        schema: .text("public, max-age=\(TokenHandlers.keySetAge)"))

    /// All there are.
    static let all: [APIHeader] = [
        requestID, sessionCookie, newCookie, clearedCookie, location, nextPage, challenge, allow, retryAfter,
        rateLimit, rateLimitPolicy, keySetAge,
    ]

    /// What errors have beyond the fields of every answer.
    static let ofErrors: [Status: [APIHeader]] = [
        .unauthorized: [challenge], .methodNotAllowed: [allow], .serviceUnavailable: [retryAfter],
        .tooManyRequests: [retryAfter, rateLimit, rateLimitPolicy],
    ]
}
