import HTTP

extension APIOperation {
    /// The Simple API.
    static let simple = [
        APIOperation(
            .get, "/api/v1/status", "getStatus", "A sign of life", [.ok("Well.", .component("Status"))]),
        APIOperation(
            .get, "/api/v1/stats", "getStatistics", "How many users there are",
            [.ok("The number.", .answer(["users": .integer(0...)]))]),
        APIOperation(
            .get, "/api/v1/unauthorized", "getUnauthorized", "Always 401", [.error(.unauthorized)]),
        APIOperation(.get, "/api/v1/forbidden", "getForbidden", "Always 403", [.error(.forbidden)]),
        APIOperation(
            .get, "/api/v1/users", "listUsers", "All users, or a page of them",
            query: [
                APIParameter("limit", "Users on a page; without it all are there", .integer(1...1_000)),
                APIParameter(
                    "after", "The last user of the page before; an unknown one gives an empty list",
                    .component("UserID")),
            ],
            [
                .ok(
                    "Users in order of creation.", .array(of: .component("User")), headers: [.nextPage],
                    links: [APILink(operation: "getUser", parameters: ["id": "$response.body#/0/id"])]),
                .error(.badRequest, "A bad `limit` or `after`."),
                .error(.forbidden, "The caller is no administrator."),
            ]),
        APIOperation(
            .post, "/api/v1/users", "createUser", "Create a user",
            body: .json(
                .input(
                    ["email": .component("EmailAddress"), "password": .component("NewPassword")],
                    optional: [
                        "first_name": .component("Name").orNull, "last_name": .component("Name").orNull,
                    ])),
            [
                .of(
                    .created, "The user.", .component("User"),
                    links: ["getUser", "updateUser", "deleteUser", "listUserSessions", "endUserSessions"].map
                    {
                        APILink(operation: $0, parameters: ["id": "$response.body#/id"])
                    }),
                .error(
                    .badRequest,
                    "In this order: `Wrong format`, `email missing`, `password missing`, `Can't create User: <reason>`."
                ),
                .error(.forbidden, "Registration is closed."),
                .error(.tooManyRequests),
            ]),
        APIOperation(
            .get, "/api/v1/users/me", "getOwnUser", "The signed-in user",
            [.ok("The user.", .component("User")), .error(.notFound, "There is no filter, and so no user.")]),
        APIOperation(
            .get, "/users/me", "getOwnUserToo", "The signed-in user",
            [.ok("The user.", .component("User")), .error(.notFound, "There is no filter, and so no user.")]),
        APIOperation(
            .get, "/api/v1/users/:id", "getUser", "Read a user", path: [.user],
            [
                .ok("The user.", .component("User")), .error(.notFound),
                .error(.forbidden, "Somebody else's account."),
            ]),
        APIOperation(
            .put, "/api/v1/users/:id", "updateUser", "Rename a user, or disable one", path: [.user],
            body: .json(
                .input(
                    [:],
                    optional: [
                        "first_name": .component("Name").orNull, "last_name": .component("Name").orNull,
                        "disabled": .boolean.orNull.described(
                            "For administrators: whether the user is shut out; ends all of its sessions."),
                    ]
                )
                .described("What is absent or null stays as it is.")),
            [
                .ok("The user.", .component("User")),
                .error(.badRequest, "`Wrong format`, or what is wrong with a member."),
                .error(
                    .forbidden,
                    "Somebody else's account, `disabled` from no administrator, or `Sign in again`."),
                .error(.notFound),
            ]),
        APIOperation(
            .delete, "/api/v1/users/:id", "deleteUser", "Delete a user; its sessions end", path: [.user],
            [
                .ok("It is gone.", .component("Nothing")), .error(.notFound),
                .error(.forbidden, "Somebody else's account, or `Sign in again`."),
            ]),
        APIOperation(
            .post, "/api/v1/auth_session/login", "logIn", "Sign in", body: .form(.component("SignIn")),
            [
                .ok("The user.", .component("User"), headers: [.sessionCookie]),
                .error(.badRequest, "`email missing`, or `password missing`."),
                .error(.unauthorized, "`wrong email or password`."),
                .error(.notFound, "`no user found for this email`, with `login.uniformErrors` at `false`."),
                .error(.tooManyRequests), .error(.notImplemented, "Session cookies are off."),
            ]),
        APIOperation(
            .delete, "/api/v1/auth_session/logout", "logOut", "Sign out",
            [
                .ok("The session has ended.", .component("Nothing"), headers: [.clearedCookie]),
                .error(.notFound, "There was no session to end."),
            ]),
    ]
}
