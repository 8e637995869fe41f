import Auth
import HTTP

/// `/api/v1/users/me/keys` and `/app-passwords`: what users give to programs in place of their password.
struct CredentialHandlers: Sendable {
    let kind: Credential.Kind
    let accounts: Accounts
    let signInAge: SignInAge
    /// Whose rules about other users hold here too.
    let users: UserSessionHandlers

    @Sendable func list(_ call: Call, _ signedIn: SignedIn) -> Response {
        list(of: signedIn.user.id)
    }

    @Sendable func issue(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        try signInAge.check(signedIn, at: call.now)
        let terms = try terms(of: OwnAccountHandlers.object(call))
        let issued: IssuedCredential
        do {
            issued = try await accounts.issue(kind, terms, for: signedIn, at: call.now)
        } catch let refusal as Accounts.IssueRefusal {
            // What the caller was signed in by has ended.
            guard case .tooMany = refusal else { throw HTTPError(.unauthorized) }
            throw HTTPError(.conflict, refusal.text(kind))
        }
        call.record(.credentialCreated, user: signedIn.user.id, by: signedIn, .credential(kind))
        return Response(status: .created, body: JSONText.of(CredentialJSON(issued, of: signedIn.user)))
    }

    @Sendable func revoke(_ call: Call, _ signedIn: SignedIn) async throws -> Response {
        try signInAge.check(signedIn, at: call.now)
        guard let id = call.parameters[kind == .apiKey ? "key" : "id"].flatMap(CredentialID.init),
            try await accounts.revoke(kind, id, of: signedIn.user.id)
        else { throw HTTPError(.notFound) }
        call.record(.credentialRevoked, user: signedIn.user.id, by: signedIn, .credential(kind), .count(1))
        return Response(status: .ok, body: JSONText.of([String: String]()))
    }

    /// Of the user that the path names.
    @Sendable func listAll(_ call: Call, _ caller: Caller) async throws -> Response {
        list(of: try await users.target(of: call, caller))
    }

    /// Of the user that the path names.
    @Sendable func endAll(_ call: Call, _ caller: Caller) async throws -> Response {
        let id = try await users.target(of: call, caller)
        try signInAge.check(caller, at: call.now)
        let ended = try await accounts.revokeAll(kind, of: id)
        call.record(.credentialRevoked, user: id, by: caller.signedIn, .credential(kind), .count(ended))
        return Response(status: .ok, body: JSONText.of(["ended": ended]))
    }

    private func list(of user: UserID) -> Response {
        Response(status: .ok, body: JSONText.of(accounts.credentialList(kind, of: user)))
    }

    /// An app password has a name and nothing else.
    private func terms(of object: JSONObject) throws -> CredentialTerms {
        let name = try OwnAccountHandlers.text(object, "name")
        guard CredentialTerms.admits(name) else {
            throw HTTPError(
                .badRequest, "name must have 1 to 100 characters, none of them a control character")
        }
        let isKey = kind == .apiKey
        let terms = CredentialTerms(
            name: name, seconds: isKey ? Self.seconds(object) : nil,
            isReadOnly: isKey ? try Self.isReadOnly(object) : false)
        guard let terms else {
            throw HTTPError(.badRequest, "expires_in must be a whole number from 60 to 315360000, or null")
        }
        return terms
    }

    /// 0, which is no lifetime, for what is no whole number.
    private static func seconds(_ object: JSONObject) -> Int? {
        switch object["expires_in"] {
        case nil, .null: nil
        case .number(let number): Int(exactly: number) ?? 0
        default: 0
        }
    }

    private static func isReadOnly(_ object: JSONObject) throws -> Bool {
        switch object["read_only"] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw HTTPError(.badRequest, "read_only is not a boolean")
        }
    }
}
