import Auth
import HTTP

/// `/api/v1/users/<id>/sessions`: for administrators and for the user itself, whatever `access.users` gives others.
struct UserSessionHandlers: Sendable {
    let accounts: Accounts
    let cookies: SessionCookies
    let signInAge: SignInAge

    @Sendable func list(_ call: Call, _ caller: Caller) async throws -> Response {
        let list = try await accounts.sessionList(
            of: try await target(of: call, caller), at: call.now
        ) { $0 == caller.signedIn?.session?.id }
        return Response(status: .ok, body: JSONText.of(list))
    }

    @Sendable func end(_ call: Call, _ caller: Caller) async throws -> Response {
        let id = try await target(of: call, caller)
        try signInAge.check(caller, at: call.now)
        let endsOwn = caller.signedIn?.session?.userID == id
        let ended = try await accounts.endSessions(of: id)
        call.record(.sessionsEnded, user: id, by: caller.signedIn, .count(ended))
        return Response(
            status: .ok, fields: endsOwn ? cookies.signingOut(call) : [],
            body: JSONText.of(["ended": ended]))
    }

    /// The user that the path names. Whether it exists is no business of others.
    func target(of call: Call, _ caller: Caller) async throws -> UserID {
        guard let id = call.parameters["id"].flatMap(UserID.init) else { throw HTTPError(.notFound) }
        if let user = caller.restrictedTo, user.id != id {
            guard user.isAdministrator else { throw HTTPError(.forbidden) }
            try signInAge.check(caller, at: call.now)
        }
        guard try await accounts.user(id) != nil else { throw HTTPError(.notFound) }
        return id
    }
}
