import Auth
import HTTP

/// `/sessions`: who is asking, and what else is signed in as the same user.
struct OwnSessionHandlers: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let signInAge: SignInAge

    /// What other services ask for each of their requests: from memory, no wait, no write, no cookie.
    @Sendable func whoami(_ call: Call, _ signedIn: SignedIn) -> Response {
        let user = signedIn.rendering?.user ?? UserRendering(of: signedIn.user).user
        let times = signedIn.session.map { SessionTimes(of: $0, in: accounts.sessions, at: call.now) }
        return Response(status: .ok, body: WhoamiText.of(signedIn.session, times: times, user: user))
    }

    @Sendable func list(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        let list = try await accounts.sessionList(of: signedIn.user.id, at: call.now) {
            $0 == signedIn.session?.id
        }
        return Response(status: .ok, body: JSONText.of(list))
    }

    @Sendable func end(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        let id = call.parameters["id"].flatMap(SessionID.init)
        // Signing out is always possible (OWASP ASVS 5.0, 7.5.2).
        if id == nil || id != signedIn.session?.id { try signInAge.check(signedIn, at: call.now) }
        guard let id, try await accounts.endSession(id, of: signedIn.user.id, at: call.now)
        else { throw HTTPError(.notFound) }
        call.record(.sessionsEnded, user: signedIn.user.id, by: signedIn, .count(1))
        return Response(
            status: .ok, fields: id == signedIn.session?.id ? cookies.signingOut(call) : [],
            body: JSONText.of([String: String]()))
    }

    /// `DELETE /sessions`: with `others=true` ends all but the caller's; without, it is the sign-out of the form API.
    func endOthers(or logOut: @escaping Route.CallerHandler) -> Route.CallerHandler {
        { [accounts, signInAge] call, caller in
            guard let others = try call.request.head.target.queryItem("others") else {
                return try await logOut(call, caller)
            }
            guard let signedIn = caller.signedIn else { throw HTTPError(.forbidden) }
            guard others == "true" else { throw HTTPError(.badRequest, "others must be true") }
            try signInAge.check(signedIn, at: call.now)
            let ended = try await accounts.endSessions(
                of: signedIn.user.id, except: signedIn.session?.id)
            call.record(.sessionsEnded, user: signedIn.user.id, by: signedIn, .count(ended))
            return Response(status: .ok, body: JSONText.of(["ended": ended]))
        }
    }
}
