import HTTP

extension APIOperation {
    /// Access tokens and what verifies them.
    static let tokens = [
        APIOperation(
            .post, "/api/v1/auth_session/token", "issueToken", "Get an access token",
            details: """
                With a password (`email` or `username`, and `password`; or Basic), which begins a session; with a \
                session cookie, for that session; or with a refresh token, which is replaced. In the shapes of OAuth \
                2.0 (RFC 6749 §5).
                """,
            denial: .unauthorized, alternatives: ["basic", "session"],
            body: .form(
                .input(
                    [:],
                    optional: [
                        "grant_type": .oneOf("password", "refresh_token").described("Absent: `password`."),
                        "email": .string(), "username": .string("The same as `email`."),
                        "password": .string(format: "password"), "refresh_token": .string(),
                        "remember": .string("`1`, `on`, `true` or `yes` for a session that is remembered."),
                    ]), isRequired: false),
            [
                .ok(
                    "The tokens.",
                    .answer([
                        "access_token": .string(
                            "A signed JWT (RFC 9068).", pattern: #"^[\w-]+\.[\w-]+\.[\w-]+$"#),
                        "expires_in": .integer(1...),
                        "refresh_token": .string("For the next one, once.", from: 1),
                        "token_type": .text("Bearer"),
                    ]),
                    links: [
                        APILink(
                            operation: "issueToken",
                            body: [
                                "grant_type": "refresh_token",
                                "refresh_token": "$response.body#/refresh_token",
                            ])
                    ]),
                .error(
                    .badRequest,
                    "No such grant, or a wrong password (RFC 6749 §5.2); `Error` if no form could be read.",
                    schema: .any(of: .component("OAuthError"), .error)),
                .error(.unsupportedMediaType), .error(.tooManyRequests),
                .error(.notImplemented, "Bearer tokens are off."),
            ]),
        APIOperation(
            .get, "/.well-known/jwks.json", "getKeySet", "The keys that verify access tokens",
            [
                .ok(
                    "A key set (RFC 7517 §5), empty where Bearer tokens are off.",
                    .answer(["keys": .array(of: .component("PublicKey"))]), headers: [.keySetAge])
            ]),
    ]
}

extension APIComponents {
    /// The schemas that only these refer to.
    static let ofTokens: [String: APISchema] = [
        "OAuthError": .answer([
            "error": .oneOf("invalid_request", "invalid_grant", "unsupported_grant_type"),
            "error_description": .string(from: 1),
        ]),
        "PublicKey": .any(
            of: key("OKP", "EdDSA", ["crv": .text("Ed25519"), "x": base64URL]),
            key("EC", "ES256", ["crv": .text("P-256"), "x": base64URL, "y": base64URL]),
            key("RSA", "RS256", ["e": base64URL, "n": base64URL])),
    ]

    private static let base64URL = APISchema.string(pattern: "^[A-Za-z0-9_-]+$")

    private static func key(_ type: String, _ algorithm: String, _ more: [String: APISchema]) -> APISchema {
        .answer(
            members: more.merging([
                "alg": .text(algorithm), "kid": base64URL, "kty": .text(type), "use": .text("sig"),
            ]) { $1 })
    }
}
