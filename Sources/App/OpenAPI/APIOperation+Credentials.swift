import HTTP

extension APIOperation {
    /// What users give to programs in place of their password.
    static let credentials =
        credentials(
            of: Kind(
                path: "/api/v1/users/me/keys", all: "/api/v1/users/:id/keys", parameter: "key", one: "Key",
                listed: "APIKey", new: "NewAPIKey", input: "APIKeyTerms", word: "API key"))
        + credentials(
            of: Kind(
                path: "/app-passwords", all: "/api/v1/users/:id/app-passwords", parameter: "id",
                one: "AppPassword", listed: "AppPassword", new: "NewAppPassword", input: "AppPasswordTerms",
                word: "app password"))

    private struct Kind {
        let path: String
        let all: String
        let parameter: String
        /// In operation ids.
        let one: String
        let listed: String
        let new: String
        let input: String
        let word: String
    }

    private static func credentials(of kind: Kind) -> [APIOperation] {
        let list = APIAnswer.ok(
            "In order of creation; never a secret.", .array(of: .component(kind.listed)),
            links: [
                APILink(
                    operation: "revoke\(kind.one)", parameters: [kind.parameter: "$response.body#/0/id"])
            ])
        let ended = APIAnswer.ok("How many ended.", .component("Ended"))
        return [
            APIOperation(
                .get, kind.path, "list\(kind.one)s", "The caller's \(kind.word)s", denial: .unauthorized,
                [list]),
            APIOperation(
                .post, kind.path, "issue\(kind.one)", "Issue an \(kind.word)", denial: .unauthorized,
                body: .json(.component(kind.input)),
                [
                    .of(
                        .created, "With its secret, this once.", .component(kind.new),
                        links: [
                            APILink(
                                operation: "revoke\(kind.one)",
                                parameters: [kind.parameter: "$response.body#/id"])
                        ]),
                    .error(.unsupportedMediaType),
                    .error(.badRequest, "A member is missing or out of bounds."),
                    .error(.forbidden, "`Not with this credential`, or `Sign in again`."),
                    .error(.conflict, "The user has as many as there may be."),
                ]),
            APIOperation(
                .delete, "\(kind.path)/:\(kind.parameter)", "revoke\(kind.one)", "Revoke an \(kind.word)",
                denial: .unauthorized,
                path: [APIParameter(kind.parameter, "Its id", .component("SessionID"))],
                [
                    .ok("It opens nothing any more.", .component("Nothing")),
                    .error(.notFound, "Revoked, unknown, malformed or somebody else's."),
                    .error(.forbidden, "`Not with this credential`, or `Sign in again`."),
                ]),
            APIOperation(
                .get, kind.all, "listUser\(kind.one)s", "A user's \(kind.word)s", denial: .unauthorized,
                path: [.user],
                [list, .error(.notFound), .error(.forbidden, "Somebody else's, or `Sign in again`.")]),
            APIOperation(
                .delete, kind.all, "revokeUser\(kind.one)s", "Revoke all \(kind.word)s of a user",
                denial: .unauthorized, path: [.user],
                [
                    ended, .error(.notFound),
                    .error(.forbidden, "Somebody else's, `Not with this credential`, or `Sign in again`."),
                ]),
        ]
    }
}

extension APIComponents {
    /// The schemas that only these refer to.
    static let ofCredentials: [String: APISchema] = [
        "APIKeyTerms": .input(
            ["name": .component("CredentialName")],
            optional: [
                "expires_in": .integer(60...315_360_000).orNull.described("Seconds; null: never."),
                "read_only": .boolean.orNull.described("Whether it opens safe methods alone."),
            ]),
        "AppPasswordTerms": .input(["name": .component("CredentialName")]),
        "CredentialName": .string(
            "No control characters.", pattern: #"^[^\u0000-\u001f\u007f-\u009f]*$"#, length: 1...100),
        "APIKey": .answer(members: key),
        "NewAPIKey": .answer(
            members: key.merging([
                "key": .string(
                    "The secret: a Bearer token, and the password of Basic.",
                    pattern: "^sdk_[A-Za-z0-9_-]{43}[0-9a-f]{8}$")
            ]) { $1 }),
        "AppPassword": .answer(members: appPassword),
        "NewAppPassword": .answer(
            members: appPassword.merging([
                "password": .string(
                    "The secret, with its hyphens.", pattern: "^[0-9a-z]{5}(-[0-9a-z]{5}){3}$"),
                "username": .string("What to give beside it."),
            ]) { $1 }),
    ]

    private static let appPassword: [String: APISchema] = [
        "created_at": .component("Time"),
        "id": .component("SessionID").described("Names it; no credential."),
        "last_used_at": .component("Time").orNull,
        "name": .component("CredentialName"),
    ]

    private static let key = appPassword.merging([
        "expires_at": .component("Time").orNull, "read_only": .boolean,
    ]) { $1 }
}
