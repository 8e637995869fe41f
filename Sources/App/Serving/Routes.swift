import HTTP

/// Everything that is served, on one screen.
///
/// Whether a path may be asked without a credential is the filter's list (`auth.openPaths`); the access word here
/// says what the handler needs to know of the caller.
func routeTable(
    status: StatusHandlers, users: UserHandlers, sessions: SessionHandlers, service: ServiceHandlers
) -> [Route] {
    [
        // For whoever runs it
        .open(.get, "/livez", status.status),
        .open(.get, "/readyz", status.ready),

        // Simple API
        .open(.get, "/api/v1/status", status.status),
        .ruled(.get, "/api/v1/stats", status.stats),
        .open(.get, "/api/v1/unauthorized", status.unauthorized),
        .open(.get, "/api/v1/forbidden", status.forbidden),
        .ruled(.get, "/api/v1/users", users.list),
        .ruled(.post, "/api/v1/users", users.create),
        .signedIn(.get, "/api/v1/users/me", users.me),
        .ruled(.get, "/api/v1/users/:id", users.read),
        .ruled(.put, "/api/v1/users/:id", users.update),
        .ruled(.delete, "/api/v1/users/:id", users.delete),
        .ruled(.post, "/api/v1/auth_session/login", sessions.logIn),
        .ruled(.delete, "/api/v1/auth_session/logout", sessions.logOut),
        .signedIn(.get, "/users/me", users.me),

        // User authentication service
        .open(.get, "/", service.welcome),
        .open(.post, "/users", service.register),
        .ruled(.post, "/sessions", service.logIn),
        .ruled(.delete, "/sessions", denial: .forbidden, service.logOut),
        .signedIn(.get, "/profile", denial: .forbidden, service.profile),
        .open(.post, "/reset_password", service.requestReset),
        .open(.put, "/reset_password", service.resetPassword),
    ]
}
