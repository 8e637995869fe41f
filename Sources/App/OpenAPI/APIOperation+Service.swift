import HTTP

extension APIOperation {
    /// The user authentication service.
    static let service = [
        APIOperation(
            .get, "/", "welcome", "A greeting", [.ok("Welcome.", .answer(["message": .text("Bienvenue")]))]),
        APIOperation(
            .post, "/users", "register", "Register",
            body: .form(
                .input(["email": .component("EmailAddress"), "password": .component("NewPassword")])),
            [
                .ok(
                    "The account is there.", .answer(["email": .string(), "message": .text("user created")])),
                .error(
                    .badRequest,
                    "A field is missing or refused; `email already registered` comes as `message`.",
                    schema: .any(
                        of: .error, .answer(["message": .text("email already registered")]))),
                .error(.forbidden, "Registration is closed."), .error(.tooManyRequests),
            ]),
        APIOperation(
            .post, "/sessions", "signIn", "Sign in", body: .form(.component("SignIn")),
            [
                .ok(
                    "Signed in.", .answer(["email": .string(), "message": .text("logged in")]),
                    headers: [.sessionCookie]),
                .error(.unauthorized, "Nobody has this address and password."), .error(.tooManyRequests),
                .error(.notImplemented, "Session cookies are off."),
            ]),
        APIOperation(
            .delete, "/sessions", "signOut", "Sign out, or end all other sessions", denial: .forbidden,
            query: [
                APIParameter(
                    "others", "End all sessions of the user but the caller's instead", .oneOf("true"))
            ],
            [
                .ok("With `others`: how many ended.", .component("Ended")),
                .of(.found, "Signed out.", nil, headers: [.location, .clearedCookie]),
                .error(.badRequest, "Another value of `others`."),
                .error(.forbidden, "Nobody is signed in, or `Sign in again`."),
            ]),
        APIOperation(
            .get, "/profile", "getProfile", "The email address of the signed-in user", denial: .forbidden,
            [.ok("The address.", .component("Email"))]),
        APIOperation(
            .post, "/reset_password", "requestReset", "Ask for a reset token",
            body: .form(.input(["email": .component("EmailAddress")])),
            [
                .ok(
                    "The token, or with `reset.delivery: \"mail\"` the same for every address.",
                    .any(
                        of: .answer(["email": .string(), "reset_token": .component("Token")]),
                        .answer([
                            "email": .string(),
                            "message": .text("reset mail sent if the address has an account"),
                        ])),
                    links: [
                        APILink(
                            operation: "resetPassword",
                            body: [
                                "email": "$response.body#/email",
                                "reset_token": "$response.body#/reset_token",
                                "new_password": "$response.body#/reset_token",
                            ])
                    ]),
                .error(.forbidden, "Nobody has this address; with `\"off\"` always."),
                .error(.tooManyRequests),
            ]),
        APIOperation(
            .put, "/reset_password", "resetPassword", "Set a new password with the token",
            details: "Every session of the user ends.",
            body: .form(
                .input([
                    "email": .component("EmailAddress"), "reset_token": .string(from: 1),
                    "new_password": .component("NewPassword"),
                ])),
            [
                .ok(
                    "It is set.", .answer(["email": .string(), "message": .text("Password updated")]),
                    headers: [.newCookie]),
                .error(.badRequest, "The new password is refused."),
                .error(.forbidden, "The token is missing, unknown, used, expired or another user's."),
                .error(.tooManyRequests),
            ]),
    ]
}
