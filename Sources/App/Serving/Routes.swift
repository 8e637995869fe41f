import HTTP

/// Everything that is served, on one screen.
///
/// Whether a path may be asked without a credential is the filter's list (`auth.openPaths`); the access word here
/// says what the handler needs to know of the caller.
func routeTable(
    description: DescriptionHandlers, metrics: MetricsHandlers,
    status: StatusHandlers, users: UserHandlers, sessions: SessionHandlers, service: ServiceHandlers,
    own: OwnSessionHandlers, usersSessions: UserSessionHandlers, account: OwnAccountHandlers,
    keys: CredentialHandlers, apps: CredentialHandlers, tokens: TokenHandlers
) -> [Route] {
    [
        // For whoever runs it
        .open(.get, "/livez", status.status),
        .open(.get, "/readyz", status.ready),
        .open(.get, "/openapi.json", description.describe),
        .ruled(.get, "/metrics", denial: .unauthorized, metrics.show),

        // Simple API
        .open(.get, "/api/v1/status", status.status),
        .ruled(.get, "/api/v1/stats", status.stats),
        .open(.get, "/api/v1/unauthorized", status.unauthorized),
        .open(.get, "/api/v1/forbidden", status.forbidden),
        .ruled(.get, "/api/v1/users", users.list),
        .ruled(.post, "/api/v1/users", users.create),
        .signedIn(.get, "/api/v1/users/me", users.me),
        .signedIn(.delete, "/api/v1/users/me", denial: .unauthorized, account.delete).byOwner,
        .signedIn(.put, "/api/v1/users/me/password", denial: .unauthorized, account.changePassword).byOwner,
        .signedIn(.put, "/api/v1/users/me/email", denial: .unauthorized, account.requestEmailChange).byOwner,
        .signedIn(.post, "/api/v1/users/me/email/confirm", denial: .unauthorized, account.confirmEmail)
            .byOwner,
        .ruled(.get, "/api/v1/users/:id", users.read),
        .ruled(.put, "/api/v1/users/:id", users.update),
        .ruled(.delete, "/api/v1/users/:id", users.delete),
        .ruled(.post, "/api/v1/auth_session/login", sessions.logIn),
        .ruled(.delete, "/api/v1/auth_session/logout", sessions.logOut),
        .signedIn(.get, "/users/me", users.me),

        // Tokens
        .ruled(.post, "/api/v1/auth_session/token", denial: .unauthorized, tokens.issue),
        .open(.get, "/.well-known/jwks.json", tokens.keySet),

        // User authentication service
        .open(.get, "/", service.welcome),
        .open(.post, "/users", service.register),
        .ruled(.post, "/sessions", service.logIn),
        .ruled(.delete, "/sessions", denial: .forbidden, own.endOthers(or: service.logOut)),
        .signedIn(.get, "/profile", denial: .forbidden, service.profile),
        .open(.post, "/reset_password", service.requestReset),
        .open(.put, "/reset_password", service.resetPassword),

        // Sessions
        .signedIn(.get, "/sessions", denial: .unauthorized, own.list),
        .signedIn(.get, "/sessions/whoami", denial: .unauthorized, own.whoami),
        .signedIn(.delete, "/sessions/:id", denial: .unauthorized, own.end),
        .ruled(.get, "/api/v1/users/:id/sessions", denial: .unauthorized, usersSessions.list),
        .ruled(.delete, "/api/v1/users/:id/sessions", denial: .unauthorized, usersSessions.end),

        // Credentials for programs
        .signedIn(.get, "/api/v1/users/me/keys", denial: .unauthorized, keys.list),
        .signedIn(.post, "/api/v1/users/me/keys", denial: .unauthorized, keys.issue).byOwner,
        .signedIn(.delete, "/api/v1/users/me/keys/:key", denial: .unauthorized, keys.revoke).byOwner,
        .signedIn(.get, "/app-passwords", denial: .unauthorized, apps.list),
        .signedIn(.post, "/app-passwords", denial: .unauthorized, apps.issue).byOwner,
        .signedIn(.delete, "/app-passwords/:id", denial: .unauthorized, apps.revoke).byOwner,
        .ruled(.get, "/api/v1/users/:id/keys", denial: .unauthorized, keys.listAll),
        .ruled(.delete, "/api/v1/users/:id/keys", denial: .unauthorized, keys.endAll).byOwner,
        .ruled(.get, "/api/v1/users/:id/app-passwords", denial: .unauthorized, apps.listAll),
        .ruled(.delete, "/api/v1/users/:id/app-passwords", denial: .unauthorized, apps.endAll).byOwner,
    ]
}
