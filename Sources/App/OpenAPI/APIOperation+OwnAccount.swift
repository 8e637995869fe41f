import HTTP

extension APIOperation {
    /// What users change of their own accounts.
    static let ownAccount = [
        APIOperation(
            .put, "/api/v1/users/me/password", "changePassword", "Set a new password",
            details: "Every session of the user ends; the caller goes on with a new one.",
            denial: .unauthorized,
            body: .json(
                .input([
                    "current_password": .component("Password"), "new_password": .component("NewPassword"),
                ])),
            [.ok("It is set.", .component("Nothing"), headers: [.newCookie])]
                + refusals("the new password is refused")),
        APIOperation(
            .put, "/api/v1/users/me/email", "requestEmailChange", "Ask for another email address",
            denial: .unauthorized,
            body: .json(
                .input(["email": .component("EmailAddress"), "password": .component("Password")])),
            [
                .ok(
                    "With `reset.delivery: \"response\"`: the token that confirms it.",
                    .answer(["confirmation_token": .component("Token"), "email": .string()]),
                    links: [
                        APILink(
                            operation: "confirmEmail", body: ["token": "$response.body#/confirmation_token"])
                    ]),
                .of(
                    .accepted, "With `\"mail\"`: the token is on its way to the new address.",
                    .answer(["email": .string(), "message": .text("confirmation mail sent")])),
            ] + refusals("the address is none", "; with `reset.delivery: \"off\"` always")),
        APIOperation(
            .post, "/api/v1/users/me/email/confirm", "confirmEmail", "Confirm it with the token",
            denial: .unauthorized, body: .json(.input(["token": .string(from: 1)])),
            [
                .ok("The user.", .component("User"), headers: [.newCookie]),
                .error(
                    .badRequest,
                    "A member is missing, or the token is unknown, used, expired or another user's."),
                .error(.conflict, "Somebody else has the address by now."),
                .error(.unsupportedMediaType),
            ]),
        APIOperation(
            .delete, "/api/v1/users/me", "deleteOwnUser", "Delete the own account", denial: .unauthorized,
            body: .json(.input(["password": .component("Password")])),
            [.ok("It is gone.", .component("Nothing"), headers: [.clearedCookie])] + refusals()),
    ]

    /// In the order in which they are looked for, after 401.
    private static func refusals(_ bad: String? = nil, _ forbidden: String = "") -> [APIAnswer] {
        [
            .error(.unsupportedMediaType),
            .error(.badRequest, "A member is missing or no string\(bad.map { ", or \($0)" } ?? "")."),
            .error(.forbidden, "The password is wrong\(forbidden)."),
            .error(.tooManyRequests),
        ]
    }
}
