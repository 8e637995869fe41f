import Auth
import HTTP

/// How long after a sign-in a session has power over other users: `sessions.reauthenticateAfter`.
struct SignInAge: Sendable {
    /// Seconds on the steady clock; 0: as long as the session lives.
    let limit: Int

    /// 403 unless the caller's session is young enough. Basic proves the password with each request.
    func check(_ caller: Caller, at now: Moment) throws {
        guard limit > 0, caller.isRestricted, let session = caller.signedIn?.session,
            session.authenticatedAt + .seconds(limit) < now.steady
        else { return }
        throw HTTPError(.forbidden, "Sign in again")
    }
}
