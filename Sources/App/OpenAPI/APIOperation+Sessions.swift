import HTTP

extension APIOperation {
    private static let list = APIAnswer.ok(
        "Live sessions in order of creation.", .array(of: .component("Session")),
        links: [APILink(operation: "endSession", parameters: ["id": "$response.body#/0/id"])])

    /// Who is signed in.
    static let sessions = [
        APIOperation(
            .get, "/sessions", "listSessions", "The caller's sessions", denial: .unauthorized, [list]),
        APIOperation(
            .get, "/sessions/whoami", "whoAmI", "Session and user: what other services ask for each request",
            denial: .unauthorized,
            [
                .ok(
                    "Who it is; the session is null where the credential has none.",
                    .answer(["session": .component("CurrentSession").orNull, "user": .component("User")]),
                    links: [
                        APILink(operation: "endSession", parameters: ["id": "$response.body#/session/id"])
                    ])
            ]),
        APIOperation(
            .delete, "/sessions/:id", "endSession", "End one of the caller's sessions",
            denial: .unauthorized,
            path: [APIParameter("id", "The session", .component("SessionID"))],
            [
                .ok("It has ended.", .component("Nothing"), headers: [.clearedCookie]),
                .error(.notFound, "Ended, unknown, malformed or somebody else's."),
                .error(.forbidden, "`Sign in again`."),
            ]),
        APIOperation(
            .get, "/api/v1/users/:id/sessions", "listUserSessions", "A user's sessions",
            denial: .unauthorized, path: [.user],
            [list, .error(.notFound), .error(.forbidden, "Somebody else's, or `Sign in again`.")]),
        APIOperation(
            .delete, "/api/v1/users/:id/sessions", "endUserSessions", "End all sessions of a user",
            denial: .unauthorized, path: [.user],
            [
                .ok("How many ended.", .component("Ended"), headers: [.clearedCookie]), .error(.notFound),
                .error(.forbidden, "Somebody else's, or `Sign in again`."),
            ]),
    ]
}
