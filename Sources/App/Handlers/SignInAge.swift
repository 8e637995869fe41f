import Auth
import HTTP

/// How long after a password was given it has power over other users and sessions: `sessions.reauthenticateAfter`.
struct SignInAge: Sendable {
    /// Seconds on the steady clock; 0: as long as the session lives.
    let limit: Int

    /// 403 unless the password was given recently enough; with Basic that is each request.
    func check(_ caller: Caller, at now: Moment) throws {
        if caller.isRestricted, let signedIn = caller.signedIn { try check(signedIn, at: now) }
    }

    /// The same where a user is demanded anyway.
    func check(_ signedIn: SignedIn, at now: Moment) throws {
        guard limit > 0 else { return }
        if let proved = signedIn.authenticatedAt, proved + .seconds(limit) >= now.steady { return }
        throw HTTPError(.forbidden, "Sign in again")
    }
}
