import Auth
import HTTP

/// How long after a sign-in a session has power over other users and sessions: `sessions.reauthenticateAfter`.
struct SignInAge: Sendable {
    /// Seconds on the steady clock; 0: as long as the session lives.
    let limit: Int

    /// 403 unless the caller's session is young enough. Basic proves the password with each request.
    func check(_ caller: Caller, at now: Moment) throws {
        if caller.isRestricted, let signedIn = caller.signedIn { try check(signedIn, at: now) }
    }

    /// The same where a user is demanded anyway.
    func check(_ signedIn: SignedIn, at now: Moment) throws {
        guard limit > 0, let session = signedIn.session,
            session.authenticatedAt + .seconds(limit) < now.steady
        else { return }
        throw HTTPError(.forbidden, "Sign in again")
    }
}
