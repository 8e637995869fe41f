import Auth
import Crypto
import HTTP

/// What the document's operations refer to by name.
enum APIComponents {
    /// The schemas; some of them depend on the configuration.
    static func schemas(shortestPassword: Int) -> [String: APISchema] {
        var schemas = APIPart.all.reduce(fixed) { $0.merging($1.schemas) { $1 } }
        schemas["NewPassword"] = .string(
            """
            \(shortestPassword) to \(PasswordPolicy.maximumLength) octets of UTF-8 in Unicode's normalisation form C\
            \(shortestPassword >= PasswordPolicy.minimumScalars
                ? ", and \(PasswordPolicy.minimumScalars) characters at least" : ""). \
            Common passwords and the own address may be refused.
            """,
            format: "password", length: shortestPassword...PasswordPolicy.maximumLength)
        return schemas
    }

    private static let fixed: [String: APISchema] = [
        "Error": .answer(["error": .string("What is wrong.", from: 1)]),
        "Message": .answer(["message": .string()]),
        "Nothing": .answer([:]),
        "Status": .answer(["status": .text("OK")]),
        "Ended": .answer(["ended": .integer(0...)]),
        "Email": .answer(["email": .string()]),
        "Time": .string(
            "UTC in whole seconds, without a zone's letter.",
            pattern: #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"#,
            example: "2026-11-20T08:00:00"),
        "UserID": .string("A user's UUID.", format: "uuid"),
        "SessionID": .string(
            "Names a session; no credential.", pattern: "^[0-9a-f]{32}$",
            example: "0f5d3ac1b2e94c7d8f6a5b4c3d2e1f00"),
        "Token": .string(
            "A secret of 256 bits in base64url.", pattern: "^[A-Za-z0-9_-]{\(SecretToken.length)}$"),
        "EmailAddress": .string(
            "`local@domain`, also beyond ASCII (RFC 6531); at most \(EmailAddress.longest) octets.",
            format: "email", length: 3...EmailAddress.longest, example: "ada@example.com"),
        "Password": .string("The password as it is.", format: "password", from: 1),
        "Name": .string(
            "At most \(UserHandlers.longestName) octets of UTF-8.", length: 0...UserHandlers.longestName),
        "User": .answer([
            "created_at": .component("Time"),
            "email": .string("As registered."),
            "first_name": .string().orNull,
            "id": .component("UserID"),
            "last_name": .string().orNull,
            "updated_at": .component("Time"),
        ]),
        "Session": .answer([
            "address": .string("Where the sign-in came from.").orNull,
            "created_at": .component("Time"),
            "current": .boolean.described("Whether it is the caller's."),
            "expires_at": .component("Time").orNull,
            "id": .component("SessionID"),
            "last_seen_at": .component("Time"),
            "remembered": .boolean,
            "user_agent": .string("Of the sign-in.").orNull,
        ]),
        "CurrentSession": .answer([
            "created_at": .component("Time"),
            "current": .boolean,
            "expires_at": .component("Time").orNull,
            "id": .component("SessionID"),
            "last_seen_at": .component("Time"),
            "remembered": .boolean,
        ]),
        "SignIn": .input(
            ["email": .string(from: 1), "password": .component("Password")],
            optional: ["remember": .string("`1`, `on`, `true` or `yes` for a session that is remembered.")]),
    ]

    /// How credentials are shown, by the words of `auth.schemes`.
    static func security(cookieName: String) -> [String: JSONValue] {
        [
            "session": [
                "type": "apiKey", "in": "cookie", "name": .string(cookieName),
                "description":
                    "The cookie of a sign-in. Over the server's own TLS `session_id` has the prefix `__Host-`.",
            ],
            "bearer": [
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "An access token (RFC 6750), or an API key.",
            ],
            "basic": [
                "type": "http", "scheme": "basic",
                "description": "Email address, and password or API key (RFC 7617).",
            ],
            "digest": [
                "type": "http", "scheme": "digest",
                "description":
                    "An app password (RFC 7616); the answer to a right proof has `Authentication-Info`.",
            ],
        ]
    }
}
